import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DelayProxy } from '../../bench/poll/delay.js';
import { portOf } from '../../bench/support/ports.js';

const DELAY = 5;

let echo: Server;
let proxy: Server;
let socket: Socket;
beforeEach(async () => {
  echo = await listening(createServer({ allowHalfOpen: true }, (connection) => connection.pipe(connection)));
  proxy = await listening(new DelayProxy(portOf(echo), DELAY).createServer());
  socket = connect({ port: portOf(proxy), host: '127.0.0.1', allowHalfOpen: true });
});
afterEach(() => {
  socket.destroy();
  proxy.close();
  echo.close();
});

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test('an answer takes the delay there and the delay back', async () => {
  await once(socket, 'connect');
  const start = performance.now();
  socket.write('ping');
  expect(String((await once(socket, 'data'))[0])).toBe('ping');
  expect(performance.now() - start).toBeGreaterThanOrEqual(2 * DELAY);
});

test('what is sent passes before anything is answered: a pipeline stays one', async () => {
  echo.removeAllListeners('connection').on('connection', (connection: Socket) => {
    let received = '';
    connection.on('end', () => connection.end());
    connection.on('data', (data) => {
      received += String(data);
      if (received === 'abc') {
        connection.write('answer');
      }
    });
  });
  for (const part of ['a', 'b', 'c']) {
    socket.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(String((await once(socket, 'data'))[0])).toBe('answer');
});

test('every byte passes, in order, and so does the end', async () => {
  const sent = randomBytes(3_000_000);
  socket.end(sent);
  const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  expect(digest(await buffer(socket))).toBe(digest(sent));
});

test('an end at one side is one at the other', async () => {
  await once(socket, 'connect');
  echo.on('connection', (connection) => connection.destroy());
  const other = connect({ port: portOf(proxy), host: '127.0.0.1' });
  other.resume();
  await once(other, 'close');
});
