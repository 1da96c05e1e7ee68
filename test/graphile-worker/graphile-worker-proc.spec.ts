/** The particulars of graphile-worker, for each version. */
import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { HireFireConfigError, HireFireProc } from '../../lib/index.js';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import { TestDatabase } from '../support/postgres.js';
import { makeUtils, run, runOnce, VERSIONS, type Utils } from './graphile.js';
import { GraphileWorkerDriver } from './graphile-worker-driver.js';

@HireFireProc('worker')
class WorkerProc extends GraphileWorkerProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends GraphileWorkerProc {}

const JOBS = 'graphile_worker._private_jobs';

afterAll(() => TestDatabase.closeAll());

describe.each(VERSIONS)('GraphileWorkerProc over graphile-worker %s', (version) => {
  const driver = new GraphileWorkerDriver(version);
  const { pass } = driver.clock();
  let utils: Utils;
  afterAll(() => driver.close());
  beforeEach(async () => {
    utils = await driver.utils();
    await driver.pool.query(`delete from ${JOBS}`);
  });

  async function numbersOf(...tasks: string[]): Promise<readonly [size: number, ready: number, latency: number]> {
    const worker = new WorkerProc(driver.pool, ...tasks);
    return Promise.all([worker.quantity(), new LeanProc(driver.pool, ...tasks).quantity(), worker.latency()]);
  }

  /** The numbers while a real worker is busy with the next job. */
  async function whileWorking(task: string): Promise<readonly [size: number, ready: number, latency: number]> {
    let found: readonly [number, number, number] | undefined;
    await runOnce(version, driver.pool, {
      [task]: async () => {
        found ??= await numbersOf(task);
      },
    });
    return found ?? [NaN, NaN, NaN];
  }

  it('counts a job that backs off from the end of its back-off on, and one that failed for good never', async () => {
    await utils.addJob('mail', {}, { maxAttempts: 2 });
    const failing = { mail: () => Promise.reject(new Error('it fails')) };
    await runOnce(version, driver.pool, failing);
    // e to the power of the attempts, in seconds.
    await pass(2718);
    expect(await numbersOf('mail')).toEqual([0, 0, 0]);
    await pass(1001);
    const [size, ready, latency] = await numbersOf('mail');
    expect([size, ready, latency.toFixed(3)]).toEqual([1, 1, '1.001']);

    await runOnce(version, driver.pool, failing);
    await pass(3_600_000);
    expect(await numbersOf('mail')).toEqual([0, 0, 0]);
  });

  it('counts a job on its last attempt while it runs', async () => {
    await utils.addJob('mail', {}, { maxAttempts: 1 });
    await pass(500);

    expect(await whileWorking('mail')).toEqual([1, 0, 0]);
  });

  it('counts what a named queue holds back, because it is work that waits', async () => {
    await utils.addJob('mail', {}, { queueName: 'one-by-one' });
    await utils.addJob('mail', {}, { queueName: 'one-by-one' });
    await utils.addJob('mail', {}, { queueName: 'one-by-one' });
    await pass(300);

    expect(await whileWorking('mail')).toEqual([3, 2, 0.3]);
  });

  it.each(['replace', 'preserve_run_at', 'unsafe_dedupe'] as const)(
    'counts a job once that was added twice by its key, in the mode %s',
    async (jobKeyMode) => {
      await utils.addJob('mail', {}, { jobKey: 'key', jobKeyMode });
      await utils.addJob('mail', {}, { jobKey: 'key', jobKeyMode });

      expect(await numbersOf('mail')).toEqual([1, 1, 0.001]);
    },
  );

  it('does not count a job that was failed by hand, until it is rescheduled', async () => {
    const { id } = await utils.addJob('mail', {});
    await utils.permanentlyFailJobs([id]);
    expect(await numbersOf('mail')).toEqual([0, 0, 0]);

    await utils.rescheduleJobs([id], { attempts: 1 });
    await pass(300);
    expect(await numbersOf('mail')).toEqual([1, 1, 0.3]);
  });

  it('counts a job that is ready since -infinity, and fails where its age is asked for', async () => {
    await utils.addJob('mail', {});
    await utils.addJob('images', {});
    await driver.pool.query(
      `update ${JOBS} set run_at = '-infinity' where task_id = (select id from graphile_worker._private_tasks where identifier = 'mail')`,
    );
    const [mail, images] = [new WorkerProc(driver.pool, 'mail'), new WorkerProc(driver.pool, 'images')];
    const [size, latency, other] = await Promise.allSettled([mail.quantity(), mail.latency(), images.latency()]);

    expect(size).toEqual({ status: 'fulfilled', value: 1 });
    expect(latency).toMatchObject({
      reason: { message: 'the oldest job is ready since -infinity, so there is no latency' },
    });
    expect(other).toEqual({ status: 'fulfilled', value: 0.001 });
  });

  it('reads an age to the millisecond, however few digits the user sees', async () => {
    await utils.addJob('mail', {});
    await pass(1_499_250);
    const pool = new pg.Pool({ connectionString: driver.database.url, options: '-c extra_float_digits=-15' });

    expect(await new WorkerProc(pool, 'mail').latency()).toBe(1499.25);
    await pool.end();
  });

  it('counts the job of a worker that died as active until its lock is taken away', async () => {
    const queue = driver.open();
    await queue.add({ attempts: 3 });
    await queue.take();
    await pass(5 * 3_600_000);
    expect(await numbersOf(queue.name)).toEqual([1, 0, 0]);

    // Workers do this when they start, and from time to time.
    await driver.pool.query(`update ${JOBS} set locked_at = null, locked_by = null, run_at = greatest(run_at, now())`);
    await pass(500);
    expect(await numbersOf(queue.name)).toEqual([1, 1, 0.5]);
  });

  it('counts what a crontab adds from its minute on, those of missed minutes included', async () => {
    const database = await TestDatabase.create();
    const pool = new pg.Pool({ connectionString: database.url });
    const own = await makeUtils(version, pool);
    await own.migrate();
    await own.addJob('mail', {}, { runAt: new Date(Date.now() + 3_600_000) });
    const proc = new WorkerProc(pool, 'mail');
    await database.query(
      `insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
       values ('mail', now() - interval '1 hour', date_trunc('minute', now()) - interval '3 minutes')`,
    );
    expect([await proc.quantity(), await proc.latency()]).toEqual([0, 0]);

    const runner = await run(version, database.url, { other: async () => undefined }, '* * * * * mail ?fill=10m');
    while ((await proc.quantity()) === 0) {
      await setTimeout(10);
    }
    await runner.stop();
    const [added] = await database.query<{ count: number; age: number }>(
      `select count(*)::int as count, extract(epoch from now() - min(run_at))::float8 as age
       from graphile_worker.jobs where run_at <= now()`,
    );
    expect(added?.count).toBeGreaterThanOrEqual(3);
    expect(await proc.quantity()).toBe(added?.count);
    expect(await proc.latency()).toBeCloseTo(added?.age ?? NaN, 0);
    await own.release();
    await pool.end();
  });

  it('takes a task without a job for 0, and warns once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const proc = new WorkerProc(driver.pool, 'no_such_task');
    expect(await proc.quantity()).toBe(0);
    expect(await proc.latency()).toBe(0);

    expect(warn.mock.calls).toEqual([
      [
        `WorkerProc: no job of graphile-worker's task "no_such_task" was ever added, so it counts as 0. Correct its name if it ` +
          `is misspelt.`,
      ],
    ]);
    warn.mockRestore();
  });

  it('reads the tasks of all procs by one statement', async () => {
    await utils.addJob('mail', {});
    await utils.addJob('images', {}, { runAt: new Date(driver.database.now - 5000) });
    const procs = [new WorkerProc(driver.pool, 'mail', 'images'), new LeanProc(driver.pool, 'mail')];
    await procs[0]?.quantity();
    const sent = jest.spyOn(driver.pool, 'query');

    expect(await Promise.all(procs.flatMap((proc) => [proc.quantity(), proc.latency()]))).toEqual([2, 5, 1, 0.001]);
    expect(sent).toHaveBeenCalledTimes(1);
    sent.mockRestore();
  });

  it('reads by functions of PostgreSQL, whatever the search path finds first', async () => {
    await utils.addJob('mail', {});
    await pass(200);
    const pool = new pg.Pool({ connectionString: await driver.database.shadowFunctions() });
    const worker = new WorkerProc(pool, 'mail');

    expect([await worker.quantity(), await worker.latency()]).toEqual([1, 0.2]);
    await pool.end();
    await driver.database.query('drop schema shadow cascade');
  });

  it('reads a pool that is made later, and the one that takes its place', async () => {
    await utils.addJob('mail', {});
    const service: { pool?: pg.Pool } = {};
    const proc = new WorkerProc(() => service.pool, 'mail');
    await expect(proc.quantity()).rejects.toThrow(
      /^graphile-worker is not connected yet: the function in super\(\) returned nothing$/,
    );

    for (let count = 1; count <= 2; count++) {
      service.pool = new pg.Pool({ connectionString: driver.database.url });
      expect(await proc.quantity()).toBe(1);
      await service.pool.end();
      await expect(proc.quantity()).rejects.toThrow('the pool of connections to PostgreSQL was closed');
    }
  });

  it('reads tasks of any name', async () => {
    const names = ["it's", 'back\\slash', `\\'both`, '"quoted"', '$1; --', 'größe ✓'];
    for (const [index, name] of names.entries()) {
      for (let count = 0; count <= index; count++) {
        await utils.addJob(name, {});
      }
    }
    const sizes = names.map((name) => new WorkerProc(driver.pool, name).quantity());

    expect(await Promise.all(sizes)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reads by WorkerUtils what it reads by a pool, in a schema of any name', async () => {
    const others = await makeUtils(version, driver.pool, 'My "own"');
    await others.migrate();
    await others.addJob('mail', {});

    expect(await new WorkerProc(others, { schema: 'My "own"' }, 'mail').quantity()).toBe(1);
    expect(await new WorkerProc(driver.pool, { schema: 'My "own"' }, 'mail').quantity()).toBe(1);
    await utils.addJob('mail', {});
    await utils.addJob('mail', {});
    expect(await new WorkerProc(utils, 'mail').quantity()).toBe(2);
    await others.release();
  });

  // The oldest and the newest: the version between is read by the same statement.
  if (version !== '0.17') {
    it('stops counting at 100,000, whatever waits and runs, and knows the oldest, without an index by task and with one', async () => {
      await utils.addJob('images', {});
      await utils.addJob('mail', {});
      await driver.pool.query(
        `insert into ${JOBS} (task_id, run_at, priority)
         select id, now() - i % 7 * interval '1 s', i % 7
         from graphile_worker._private_tasks, generate_series(1, 100010) i where identifier = 'mail'`,
      );
      for (const index of ['', `create index by_task on ${JOBS} (task_id, run_at) where is_available`]) {
        await driver.pool.query(index);
        const fresh = new pg.Pool({ connectionString: driver.database.url });

        // Alone, and with another.
        for (const others of [[], ['images']]) {
          const worker = new WorkerProc(fresh, 'mail', ...others);
          const lean = new LeanProc(fresh, 'mail', ...others);
          const measured = () => Promise.all([worker.quantity(), lean.quantity(), worker.latency()]);
          await driver.pool.query(`update ${JOBS} set locked_at = now() where id > (select max(id) - 12 from ${JOBS})`);
          expect(await measured()).toEqual([100_000 + others.length, 99_999 + others.length, 6]);
          await driver.pool.query(`update ${JOBS} set locked_at = null where locked_at is not null`);
          expect(await measured()).toEqual([100_000 + others.length, 100_000 + others.length, 6]);
        }
        await fresh.end();
      }
      await driver.pool.query(`drop index graphile_worker.by_task; truncate ${JOBS}`);
    });
  }

  it('checks after ten minutes whether the tasks have an index', async () => {
    const asked: string[] = [];
    const proc = new WorkerProc({ query: (text) => driver.pool.query(asked[asked.push(text) - 1] ?? '') }, 'mail');
    expect(await proc.latency()).toBe(0);
    await driver.pool.query(`create index by_task on ${JOBS} (task_id, run_at) where is_available`);
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 10 * 60_000);
    expect(await proc.latency()).toBe(0);

    const ofEachTask = /where task_id = tasks\.id .* limit 1\)/;
    expect(asked.map((text) => ofEachTask.test(text))).toEqual([false, false, false, true]);
    clock.mockRestore();
    await driver.pool.query('drop index graphile_worker.by_task');
  });

  it.each([
    [17, 'run its migrations, as every worker does when it starts'],
    [21, 'update nestjs-hirefire'],
  ])('refuses a schema of the version %i that is not as known', async (migration, cure) => {
    const database = await TestDatabase.create();
    const pool = new pg.Pool({ connectionString: database.url });
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', () => undefined);
    const own = await makeUtils(version, pool);
    await own.migrate();
    await own.addJob('mail', {});
    const proc = new WorkerProc(pool, 'mail');
    expect(await proc.quantity()).toBe(1);

    await database.query('delete from graphile_worker.migrations');
    await expect(proc.quantity()).rejects.toThrow(/has no version, and only versions 18 to 20 are known/);
    await database.query(`
      insert into graphile_worker.migrations (id) values (${migration});
      alter table graphile_worker._private_jobs rename column run_at to due`);
    await expect(proc.quantity()).rejects.toThrow(
      `the schema "graphile_worker" of graphile-worker has version ${migration}, and only versions 18 to 20 are known, those of ` +
        `graphile-worker 0.16 to 0.18: ${cure}`,
    );
    await own.release();
    await pool.end();
  });

  it.each([
    ['nothing else', '', 1],
    ['a new column', 'alter table graphile_worker._private_jobs add column colour text', 1],
    [
      'a column of another name',
      'alter table graphile_worker._private_jobs rename column locked_at to taken_at',
      undefined,
    ],
    [
      'a column of another type',
      'drop view graphile_worker.jobs; alter table graphile_worker._private_jobs alter column task_id type bigint',
      undefined,
    ],
    ['a table of another name', 'alter table graphile_worker._private_tasks rename to _private_names', undefined],
  ])('knows whether to read a newer schema that has %s, and warns once if so', async (_, change, size) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const database = await TestDatabase.create();
    const pool = new pg.Pool({ connectionString: database.url });
    const own = await makeUtils(version, pool);
    await own.migrate();
    await own.addJob('mail', {});
    await own.release();
    await database.query(`insert into graphile_worker.migrations (id) values (21); ${change}`);
    const procs = [new WorkerProc(pool, 'mail'), new LeanProc(pool, 'mail')];
    const sizes = await Promise.allSettled(procs.map((proc) => proc.quantity()));

    const message = expect.stringMatching(
      /version 21, and only versions 18 to 20 are known, .*: update nestjs-hirefire$/,
    );
    expect(sizes).toEqual(
      procs.map(() =>
        size === undefined
          ? { status: 'rejected', reason: expect.objectContaining({ message }) }
          : { status: 'fulfilled', value: size },
      ),
    );
    expect(warn).toHaveBeenCalledTimes(size === undefined ? 0 : 1);
    warn.mockRestore();
    await pool.end();
  });
});

describe('GraphileWorkerProc', () => {
  const pool = new pg.Pool({ host: 'db.example', port: 6543, database: 'shop', user: 'me', password: 'secret' });

  it.each([
    ['without a pool', () => new WorkerProc(undefined as unknown as pg.Pool, 'mail'), /given neither a Pool of pg nor/],
    [
      'with a Runner',
      () => new WorkerProc({ stop: 1, addJob: 1 } as unknown as pg.Pool, 'mail'),
      /A Runner can't be used/,
    ],
    ['without a task', () => new WorkerProc(pool), /^WorkerProc has no queue/],
    [
      'without a pool, and names the cure for one that is made later',
      () => new WorkerProc(undefined as unknown as pg.Pool, 'mail'),
      /If it is made later, pass a function that returns it: super\(\(\) => service\.pool, 'send_mail'\)\./,
    ],
    [
      "with TypeORM's DataSource or EntityManager",
      () => new WorkerProc({ query: async () => [], getRepository: jest.fn() } as unknown as pg.Pool, 'mail'),
      /^WorkerProc was given an object of TypeORM, .* super\(\(\) => \(dataSource\.driver as PostgresDriver\)\.master, 'send_mail'\)\.$/,
    ],
    [
      'with a database of pg-promise',
      () => new WorkerProc({ query: async () => [], oneOrNone: jest.fn() } as unknown as pg.Pool, 'mail'),
      /^WorkerProc was given an object of pg-promise, .* super\(db\.\$pool, 'send_mail'\)\.$/,
    ],
  ])('is refused %s', (_, make, message) => {
    expect(make).toThrow(HireFireConfigError);
    expect(make).toThrow(message);
  });

  it('fails with a reason where what it was given hands no rows on', async () => {
    const proc = new WorkerProc({ query: async () => [{ n: 1 }] }, 'mail');

    await expect(proc.quantity()).rejects.toThrow(
      'PostgreSQL was not asked: super() got neither a Pool of pg nor WorkerUtils',
    );
  });

  it('fails where the columns that come back are not those that were asked for', async () => {
    const row = { version: 20, n: 0, state: '20 0 0 0', ready: 0, active: 0, latency: null };
    const proc = new WorkerProc({ query: async () => ({ rows: [row] }) }, 'mail');

    await expect(proc.quantity()).rejects.toThrow('PostgreSQL answered with unexpected columns');
  });

  it.each([
    [{ code: 'ECONNREFUSED' }, 'PostgreSQL can not be reached: nothing listens at its host and port (ECONNREFUSED)'],
    [{ code: 'ENOENT' }, 'PostgreSQL can not be reached: its socket is not there (ENOENT)'],
    [
      { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      "PostgreSQL can not be reached: its certificate is self-signed: hand the certificate's authority to the connection, or, as " +
        "Heroku's Postgres needs it, ssl: { rejectUnauthorized: false } (DEPTH_ZERO_SELF_SIGNED_CERT)",
    ],
    [{ cause: { code: '57P01' } }, 'the connection to PostgreSQL was lost (57P01)'],
    [{ code: 'CONNECTION_ENDED' }, 'the connection to PostgreSQL was lost (CONNECTION_ENDED)'],
    [
      { code: '25P02' },
      'the app left a transaction open on the connection, so now() does not advance: end it by COMMIT or ROLLBACK (25P02)',
    ],
    [{ code: '57P03' }, 'PostgreSQL is starting up or shutting down (57P03)'],
    [{ message: 'Query read timeout' }, "PostgreSQL did not answer within the pool's query_timeout"],
    [{ message: 'Connection terminated unexpectedly' }, 'the connection to PostgreSQL was lost'],
    [
      { message: 'Cannot use a pool after calling end on the pool' },
      'the pool of connections to PostgreSQL was closed',
    ],
    [{ message: 'timeout exceeded when trying to connect' }, 'the pool had no free connection in time'],
  ])('names the cause of %j, and keeps the error of the driver for the log', async (fields, message) => {
    const thrown = Object.assign(new Error('not ours'), fields);
    const proc = new WorkerProc({ query: () => Promise.reject(thrown) }, 'mail');

    await expect(proc.quantity()).rejects.toMatchObject({ name: 'MeasureFailure', message, cause: thrown });
  });

  it('hands on an error whose causes lead back to it', async () => {
    const thrown = new Error('not ours');
    thrown.cause = new Error('nor this', { cause: thrown });
    const proc = new WorkerProc({ query: () => Promise.reject(thrown) }, 'mail');

    await expect(proc.quantity()).rejects.toBe(thrown);
  });

  it('refuses a name with a NUL byte', () => {
    expect(() => new WorkerProc(pool, 'mail', 'a\0b')).toThrow(
      new HireFireConfigError("WorkerProc: the name of queue 2 of 2 contains a NUL byte, which PostgreSQL text can't."),
    );
  });

  it.each([
    ['postgres://me:secret@db.example:6543/shop', 'db.example:6543/shop'],
    // Not encoded, it can't be separated from the rest.
    ['postgres://me:12/secret@db.example/shop', undefined],
  ])('names the server of its tasks by %s, without credentials', (connectionString, server) => {
    expect(new WorkerProc(new pg.Pool({ connectionString }), 'mail').descriptions).toEqual([
      { name: 'mail in the schema "graphile_worker"', server },
    ]);
  });

  it('names the server of its tasks, without credentials', () => {
    expect(new WorkerProc(pool, 'mail').descriptions).toEqual([
      { name: 'mail in the schema "graphile_worker"', server: 'db.example:6543/shop' },
    ]);
  });
});
