/** A user's web process, on the built package; WebProcess starts it. */
import 'reflect-metadata';
import { Server, type ServerResponse } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { HireFireModule } from 'nestjs-hirefire';

class AppModule {}

const app = await NestFactory.create({
  module: AppModule,
  imports: [HireFireModule.forRoot({ web: { log: process.env.LOG === '1' } })],
});
app.enableShutdownHooks();

const server: unknown = app.getHttpServer();
if (!(server instanceof Server)) {
  throw new Error('the app has no HTTP server');
}
/** Ends what the process has to do, without closing the app. */
app.use('/end', (_request: unknown, response: ServerResponse) => {
  response.setHeader('Connection', 'close').end();
  server.close();
});
/** How much memory the process has, with no garbage in it. */
app.use('/memory', (_request: unknown, response: ServerResponse) => {
  globalThis.gc?.();
  response.end(JSON.stringify(process.memoryUsage()));
});

await app.listen(0, '127.0.0.1');
console.log(`listens at ${await app.getUrl()}`);
