/**
 * Starts each module that it is given as `<file>#<class>`, on the Redis at REDIS_URL and the PostgreSQL at DATABASE_URL, and prints
 * as JSON which processes were measured. In JavaScript, because a loader of TypeScript would take the sources of what is compiled already.
 */
import { BullModule } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import { HireFireModule, HireFireService } from 'nestjs-hirefire';
import { argv, env, exit, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';

const measured = {};
for (const place of argv.slice(2)) {
  const [file, name] = place.split('#');
  const { [name]: module } = await import(pathToFileURL(file).href);
  const queues = BullModule.forRoot({ connection: { url: env.REDIS_URL } });
  const root = { module: class Root {}, imports: [queues, HireFireModule.forRoot(), module] };
  const app = await NestFactory.createApplicationContext(root, { logger: ['error'] });
  measured[place] = (await app.get(HireFireService).measure()).map((proc) => proc.name);
  await app.close();
}
// A client that the app has made itself would keep it alive.
stdout.write(JSON.stringify(measured), () => exit());
