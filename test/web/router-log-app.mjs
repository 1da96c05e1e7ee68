/**
 * A Nest app with the built package and a stopped clock, for tests of a real stdout. Sends its port by IPC, and
 * ends on SIGTERM.
 */
import process from 'node:process';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HireFireModule } from 'nestjs-hirefire';

const { adapter, logger, web, filler } = JSON.parse(process.argv[2]);

Date.now = () => 1_800_000_000_000;

if (filler > 0) {
  process.stdout.write('x'.repeat(filler));
}

const LOGGERS = {
  none: () => false,
  plain: () => new ConsoleLogger(),
  json: () => new ConsoleLogger({ json: true }),
};

// Each takes long to load, and one of them is enough.
const { [`${adapter}Adapter`]: Adapter } = await import(`@nestjs/platform-${adapter.toLowerCase()}`);
const app = await NestFactory.create(
  { module: class AppModule {}, imports: [HireFireModule.forRoot({ web })] },
  new Adapter(),
  { logger: LOGGERS[logger]() },
);
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
process.send(app.getHttpServer().address().port);
process.channel.unref();
