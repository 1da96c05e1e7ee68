/** Fills queues in a real PostgreSQL, asks the app as HireFire would, and prints its answer. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { makeWorkerUtils } from 'graphile-worker';
import { Pool } from 'pg';
import PgBoss from 'pg-boss';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const boss: PgBoss = app.get(PgBoss);
  const pgPool: Pool = app.get(Pool);

  await boss.createQueue('mail');
  await boss.createQueue('images');
  await boss.send('mail', { to: 'becomes active' });
  await boss.fetch('mail');
  await boss.send('mail', { to: 'waits' });
  await boss.send('mail', { to: 'waits, prioritized' }, { priority: 1 });
  await boss.send('mail', { to: 'is not due' }, { startAfter: 3600 });
  await boss.insert([{ name: 'images' }, { name: 'images' }]);
  const utils = await makeWorkerUtils({ pgPool });
  await utils.migrate();
  await utils.addJob('images', {}, { runAt: new Date(Date.now() - 60_000) });
  await utils.addJob('images', {});

  const response = await fetch(`${await app.getUrl()}/hirefire/development/info`);
  console.log(await response.text());

  await app.close();
  await utils.release();
  await boss.stop({ graceful: false });
  await pgPool.end();
}

void main();
