/** A web dyno without a library: reports to HireFire what is in the file `numbers.json`. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';

createServer((request, response) => {
  if (request.url === '/hirefire' && request.headers['hirefire-token'] === process.env.HIREFIRE_TOKEN) {
    response.setHeader('Content-Type', 'application/json').end(readFileSync('numbers.json'));
  } else if (request.url === '/stream') {
    response.flushHeaders();
  } else {
    response.end(`${process.env.DYNO} ${process.env.FROM_ENV_FILE} ${request.headers.host}`);
  }
}).listen({ port: process.env.PORT, host: process.env.LISTEN_ON }, () =>
  process.stdout.write(`listens on ${process.env.PORT}\n`),
);
