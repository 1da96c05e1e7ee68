/**
 * A PostgreSQL that is wrong, busy, locked or behind: what HireFire is answered, and what piles up meanwhile. Where PostgreSQL's own
 * time-out is to end a statement, that of the poll does not run out: on a busy machine it might come first.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Inject, type INestApplication } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { HireFireProc } from '../../lib/index.js';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import { hasPgBouncer, PgBouncer } from '../../tools/pgbouncer.js';
import { PostgresServer } from '../../tools/postgres-server.js';
import { endTimeouts, failed, jobsLeft, NEVER } from '../contract/jobs/app.js';
import { makeUtils } from '../graphile-worker/graphile.js';
import { poll, startApp } from '../support/apps.js';
import { TestDatabase } from '../support/postgres.js';

@HireFireProc('worker')
class WorkerProc extends GraphileWorkerProc {
  constructor(@Inject(pg.Pool) pool: pg.Pool) {
    super(pool, 'mail');
  }
}

describe('a PostgreSQL', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let admin: pg.Pool;
  const pools: pg.Pool[] = [];
  const apps: INestApplication[] = [];
  const others: PostgresServer[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
    database = await TestDatabase.createStopped(server);
    admin = newPool(database.url);
    const utils = await makeUtils('0.18', admin);
    await utils.migrate();
    await utils.addJob('mail', {});
    await utils.release();
    await admin.query(
      `create role app login; create role careful login; create role guest login password 'the-right-one'`,
    );
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(apps.splice(0).map((app) => app.close()));
    // First: a pool does not end while its server is frozen.
    await Promise.all(others.splice(0).map((other) => other.stop()));
    await Promise.all(pools.splice(1).map((pool) => pool.end()));
  });
  afterAll(async () => {
    await admin.end();
    await TestDatabase.closeAll();
    await server.stop();
  });

  function newPool(url: string, options: pg.PoolConfig = {}): pg.Pool {
    const pool = new pg.Pool({ connectionString: url, ...options });
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    pools.push(pool);
    return pool;
  }

  async function start(pool: pg.Pool, timeout = NEVER): Promise<INestApplication> {
    const app = await startApp({ providers: [{ provide: pg.Pool, useValue: pool }, WorkerProc] }, { timeout });
    apps.push(app);
    return app;
  }

  function urlAs(user: string): string {
    const url = new URL(database.url);
    url.username = user;
    return url.href;
  }

  it('that refuses the password: fails with that reason, and shows no credentials', async () => {
    await server.addAccessRule('host all guest all scram-sha-256');
    await admin.query('select pg_reload_conf()');
    for (const [user, code] of [
      ['guest:the-wrong-one', ' (28P01)'],
      ['guest', ''],
    ] as const) {
      const app = await start(newPool(database.url.replace('postgres@', `${user}@`)));
      expect(await poll(app)).toEqual(failed(`PostgreSQL refuses the login: check user and password${code}`));
    }
  });

  it('that has no such database: fails with that reason', async () => {
    const app = await start(newPool(server.urlOf('no_such_database')));

    expect(await poll(app)).toEqual(failed('the database does not exist (3D000)'));
  });

  it('whose tables the user may not read: fails with that reason', async () => {
    const app = await start(newPool(urlAs('app')));

    expect(await poll(app)).toEqual(failed('the database user may not read the tables of the jobs (42501)'));
  });

  it('that hides rows from the user by row level security: fails instead of answering 0', async () => {
    await admin.query(`grant usage on schema graphile_worker, clock to app`);
    await admin.query(`grant select on all tables in schema graphile_worker to app`);
    await admin.query(`grant select on all tables in schema clock to app`);
    const pool = newPool(urlAs('app'));
    expect((await pool.query('select from graphile_worker._private_jobs')).rowCount).toBe(0);

    const hidden = failed(
      'row level security hides jobs from the database user: connect as the owner of the tables, or as a user with BYPASSRLS',
    );
    expect(await poll(await start(pool))).toEqual(hidden);
    // Also where one statement goes at a time, as to what prepares it.
    const prepares = { query: (text: string) => pool.query({ text, name: text }) };
    expect(await poll(await start(prepares as unknown as pg.Pool))).toEqual(hidden);
    await admin.query('drop owned by app');
  });

  it('that asks for TLS, or knows none: fails with that reason', async () => {
    const plain = await start(newPool(database.url, { ssl: true }));
    expect(await poll(plain)).toEqual(
      failed('PostgreSQL can not be reached: it does not support TLS: leave ssl and sslmode out'),
    );

    await server.addAccessRule('hostssl all careful all trust');
    await server.addAccessRule('host all careful all reject');
    await admin.query('select pg_reload_conf()');
    expect(await poll(await start(newPool(urlAs('careful'))))).toEqual(
      failed(
        expect.stringMatching(/^PostgreSQL refuses the login: .* ssl: \{ rejectUnauthorized: false \} \(28000\)$/),
      ),
    );
  });

  it.each([
    ['text', () => String],
    ['BigInt', (type: number) => ([20, 21, 23].includes(type) ? BigInt : String)],
    ['objects', (type: number) => (type === 1700 ? Object : String)],
  ])('whose numbers the app takes for %s: is read', async (_, getTypeParser) => {
    const pool = newPool(database.url, { types: { getTypeParser } });

    expect(await poll(await start(pool))).toEqual(jobsLeft(1));
    expect(await new WorkerProc(pool).latency()).toBe(await new WorkerProc(admin).latency());
  });

  it('whose connection the app has left in a transaction: fails with that reason, because the time stands still in it', async () => {
    const pool = newPool(database.url, { max: 1 });
    const app = await start(pool);
    await pool.query('begin');
    await until(pool, `clock_timestamp() > transaction_timestamp() + interval '1 s'`);
    expect(await poll(app)).toEqual(
      failed(
        'the app left a transaction open on the connection, so now() does not advance: end it by COMMIT or ROLLBACK',
      ),
    );

    await pool.query('rollback');
    expect(await poll(app)).toEqual(jobsLeft(1));
  });

  it('that has too many connections: fails with that reason, and the first poll after it is right', async () => {
    await admin.query('alter role app connection limit 0');
    const app = await start(newPool(urlAs('app')));
    expect(await poll(app)).toEqual(failed('PostgreSQL has too many connections already (53300)'));

    await admin.query('alter role app connection limit -1 superuser');
    expect(await poll(app)).toEqual(jobsLeft(1));
    await admin.query('alter role app nosuperuser');
  });

  it('without the schema yet: fails with that reason, and the first poll after the migration is right', async () => {
    const fresh = await TestDatabase.create(server);
    const pool = newPool(fresh.url);
    const app = await start(pool);
    for (let count = 1; count <= 100; count++) {
      expect(await poll(app)).toEqual(
        failed(
          'the schema "graphile_worker" of graphile-worker is not there, or not as it should be: run its migrations, as every ' +
            'worker does when it starts',
        ),
      );
    }

    // First an older one.
    for (const version of ['0.16', '0.18'] as const) {
      const utils = await makeUtils(version, pool);
      await utils.migrate();
      await utils.addJob('mail', {}, { jobKey: 'the same' });
      await utils.release();
      expect(await poll(app)).toEqual(jobsLeft(1));
    }
    await pool.query('drop schema graphile_worker cascade');
    expect((await poll(app)).status).toBe(503);
  });

  it('whose pool is exhausted: fails in time with that reason, waits for one connection at most, and is right after it', async () => {
    const pool = newPool(database.url, { max: 2 });
    const app = await start(pool, 1000);
    const taken = await Promise.all([pool.connect(), pool.connect()]);
    for (let count = 1; count <= 2; count++) {
      expect(await poll(app)).toEqual(failed('no connection of the pool was free within 0.9 s: all 2 are in use'));
      const polls = await Promise.all(Array.from({ length: 50 }, () => poll(app)));
      expect(polls.filter(({ status }) => status !== 503)).toEqual([]);
      expect(pool.waitingCount).toBe(1);
    }

    taken.forEach((client) => client.release());
    expect(await poll(app)).toEqual(jobsLeft(1));
  });

  it('whose tables are locked: fails in time with that reason, leaves nothing running, and is right after it', async () => {
    const pool = newPool(database.url);
    const app = await start(pool, 2_999);
    endTimeouts(2_999);
    const migration = await admin.connect();
    await migration.query('begin; lock table graphile_worker._private_jobs in access exclusive mode');
    for (let count = 1; count <= 2; count++) {
      expect(await Promise.all(Array.from({ length: 50 }, () => poll(app)))).toEqual(
        Array.from({ length: 50 }, () =>
          failed('a lock on the tables of the jobs was not released in time: is a migration running? (55P03)'),
        ),
      );
    }
    // Of procs that are read together, the one with the least patience sets the time.
    const procs = [NEVER, 2_999].map((timeout) => Object.assign(new WorkerProc(pool), { timeout }));
    expect(await Promise.allSettled(procs.map((proc) => proc.quantity()))).toEqual(
      procs.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: '55P03' }) })),
    );
    expect(pool.waitingCount).toBe(0);
    expect(
      await database.query(
        `select query from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      ),
    ).toEqual([]);

    await migration.query('commit');
    migration.release();
    expect(await poll(app)).toEqual(jobsLeft(1));
  });

  it('that is too slow: stops by itself in time, with that reason', async () => {
    const slow = await TestDatabase.create(server);
    const pool = newPool(slow.url);
    const utils = await makeUtils('0.18', pool);
    await utils.migrate();
    await utils.addJob('mail', {});
    await utils.release();
    await slow.query(`
      alter table graphile_worker._private_tasks rename to fast_tasks;
      create view graphile_worker._private_tasks as
        select fast_tasks.* from graphile_worker.fast_tasks, pg_sleep(60) as slept;`);

    const app = await start(pool, 2_999);
    endTimeouts(2_999);
    expect(await poll(app)).toEqual(failed('PostgreSQL did not finish in time and canceled the statement (57014)'));
  });

  it('that is silent for long: is asked over three connections at most in five minutes, and right again once it answers', async () => {
    const own = await PostgresServer.start();
    others.push(own);
    const pool = newPool(own.url, { max: 4 });
    const utils = await makeUtils('0.18', pool);
    await utils.migrate();
    await utils.addJob('mail', {});
    await utils.release();
    const app = await start(pool, 1000);
    const begin = performance.now();
    expect(await poll(app)).toEqual(jobsLeft(1));

    own.freeze();
    const clock = jest.spyOn(performance, 'now');
    // A busy machine may find out late.
    const silent = failed(
      expect.stringMatching(/^(PostgreSQL did not answer within 0\.9 s|took longer than the time-out of 1000 ms)$/),
    );
    for (let count = 1; count <= 6; count++) {
      clock.mockReturnValue(begin + count * 31_000);
      expect(await poll(app)).toEqual(silent);
    }
    expect(pool.totalCount - pool.idleCount + pool.waitingCount).toBe(3);
    // Lost for good, as after a failover: another connection may do.
    clock.mockReturnValue(begin + 10 * 60_000);
    expect(await poll(app)).toEqual(silent);
    expect(pool.totalCount - pool.idleCount + pool.waitingCount).toBe(4);
    clock.mockRestore();

    own.thaw();
    while (pool.totalCount !== pool.idleCount) {
      await new Promise(setImmediate);
    }
    expect(await poll(app)).toEqual(jobsLeft(1));
  });

  it('that is a read replica: is read, and fails with that reason while it is behind', async () => {
    const replica = await server.replica();
    others.push(replica);
    const url = replica.urlOf(new URL(database.url).pathname.slice(1));
    const pool = newPool(url);
    const app = await start(pool);
    const types = { getTypeParser: () => String } as pg.CustomTypesConfig;
    const ofTexts = await start(newPool(url, { types }));
    const isUpToDate =
      'pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() and exists (select from pg_stat_wal_receiver)';
    await until(pool, isUpToDate);
    expect(await Promise.all([poll(app), poll(ofTexts)])).toEqual([jobsLeft(1), jobsLeft(1)]);

    await pool.query('select pg_wal_replay_pause()');
    await until(pool, `pg_get_wal_replay_pause_state() = 'paused'`);
    await database.query('create table grown ()');
    const [{ lsn } = { lsn: '' }] = await database.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
    await until(pool, `pg_last_wal_receive_lsn() >= '${lsn}'`);
    const behind = failed('the read replica is more than 30 s behind');
    const late = await start(newPool(url));
    expect(await Promise.all([app, ofTexts, late].map((one) => poll(one)))).toEqual([behind, behind, behind]);

    await pool.query('select pg_wal_replay_resume()');
    await until(pool, `pg_last_wal_replay_lsn() >= '${lsn}' and ${isUpToDate}`);
    expect(await poll(app)).toEqual(jobsLeft(1));
  });

  (hasPgBouncer() ? it : it.skip)(
    'behind PgBouncer, in transaction mode: is read, and no setting stays behind',
    async () => {
      const bouncer = await PgBouncer.start(server.port);
      const pool = newPool(bouncer.urlOf(database.url));
      const app = await start(pool);
      for (let count = 1; count <= 5; count++) {
        expect(await poll(app)).toEqual(jobsLeft(1));
      }

      expect((await pool.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
      expect((await pool.query('show jit')).rows).toEqual([{ jit: 'on' }]);
      await bouncer.stop();
    },
  );
});

/** Polls, because PostgreSQL sends no event. */
async function until(pool: pg.Pool, condition: string): Promise<void> {
  while ((await pool.query(`select where ${condition}`)).rowCount === 0) {
    await setTimeout(10);
  }
}
