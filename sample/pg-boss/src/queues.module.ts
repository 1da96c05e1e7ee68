import { Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { PgBoss } from 'pg-boss';

const QUEUES = ['compress', 'digest'];

/** The queues, for every process of the app. */
@Module({
  providers: [{ provide: PgBoss, useFactory: startBoss }],
  exports: [PgBoss],
})
export class QueuesModule implements OnApplicationShutdown {
  constructor(private readonly boss: PgBoss) {}

  /** On SIGTERM it takes no further job and ends when the running ones are done, before Heroku kills it after 30 seconds. */
  async onApplicationShutdown(): Promise<void> {
    await this.boss.stop({ timeout: 25_000 });
  }
}

async function startBoss(): Promise<PgBoss> {
  const url = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const boss = new PgBoss({
    connectionString: url,
    // Heroku's PostgreSQL has a self-signed certificate.
    ...(!/@(?:localhost|127\.0\.0\.1)[:/]/.test(url) && { ssl: { rejectUnauthorized: false } }),
    schema: process.env.QUEUE_SCHEMA ?? 'pgboss',
  });
  boss.on('error', (error) => new Logger('pg-boss').error(error));
  await boss.start();
  for (const name of QUEUES) {
    // pg-boss gives a killed worker's job back after that time without a heartbeat.
    await boss.createQueue(name, { retryLimit: 2, retryDelay: 1, heartbeatSeconds: 30 });
  }
  return boss;
}
