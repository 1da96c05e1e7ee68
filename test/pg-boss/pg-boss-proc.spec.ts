/** The particulars of pg-boss, for each version. */
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import postgres, { type Sql } from 'postgres';
import { HireFireConfigError, HireFireProc } from '../../lib/index.js';
import { PgBossProc, type SqlExecutor } from '../../lib/pg-boss/index.js';
import { defined } from '../support/defined.js';
import { TestDatabase } from '../support/postgres.js';
import { MAJORS, VERSIONS, newBoss, type Boss, type BossOptions, type QueueOptions, type Version } from './boss.js';
import { PgBossDriver } from './pg-boss-driver.js';

type Row = Readonly<Record<string, unknown>>;

@HireFireProc('worker')
class WorkerProc extends PgBossProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends PgBossProc {}

const bosses: Boss[] = [];

/** It is stopped at the end of the test, also of one that fails: pg-boss would keep the process. */
function bossOfTest(version: Version, options: BossOptions): Boss {
  const boss = newBoss(version, options);
  bosses.push(boss);
  return boss;
}

afterEach(() => Promise.all(bosses.splice(0).map((boss) => boss.stop({ graceful: false }))));
afterAll(() => TestDatabase.closeAll());

describe.each(VERSIONS)('PgBossProc over pg-boss %s', (version) => {
  const driver = new PgBossDriver(version);
  const { pass } = driver.clock();
  let boss: Boss;
  let made = 0;
  afterAll(() => driver.close());
  beforeEach(() => {
    boss = driver.boss;
  });

  async function newQueue(options?: QueueOptions): Promise<string> {
    const name = `own-${(made += 1)}`;
    await boss.createQueue(name, options);
    return name;
  }

  async function numbersOf(...queues: string[]): Promise<readonly [size: number, ready: number, latency: number]> {
    const worker = new WorkerProc(boss, ...queues);
    return Promise.all([worker.quantity(), new LeanProc(boss, ...queues).quantity(), worker.latency()]);
  }

  async function take(queue: string): Promise<string> {
    await pass(1);
    const [job] = await boss.fetch(queue);
    if (!job) {
      throw new Error('there is no job to take');
    }
    return job.id;
  }

  it('counts a retried job from the end of its delay on', async () => {
    const queue = await newQueue();
    await boss.send(queue, {}, { retryLimit: 2, retryDelay: 10 });
    await boss.fail(queue, await take(queue));

    await pass(9_999);
    expect(await numbersOf(queue)).toEqual([0, 0, 0]);
    await pass(401);
    expect(await numbersOf(queue)).toEqual([1, 1, 0.4]);
  });

  it('counts a job that backs off ever longer when pg-boss is configured so', async () => {
    const queue = await newQueue();
    const id = await boss.send(queue, {}, { retryLimit: 5, retryDelay: 2, retryBackoff: true });
    for (let failure = 1; failure <= 4; failure++) {
      await boss.fail(queue, await take(queue));
      const due = (await boss.getJobById(queue, id ?? ''))?.startAfter.getTime() ?? NaN;
      await pass(Math.floor(due - driver.database.now) - 1);
      expect(await numbersOf(queue)).toEqual([0, 0, 0]);
      await pass(1002);
      const [size, ready, latency] = await numbersOf(queue);
      expect([size, ready]).toEqual([1, 1]);
      expect(latency).toBeCloseTo((driver.database.now - due) / 1000, 2);
    }
  });

  it('counts the job of a worker that died as active until pg-boss gives it back', async () => {
    const queue = await newQueue();
    await boss.send(queue, {}, { retryLimit: 1, expireInSeconds: 60 });
    await take(queue);
    await pass(61_000);
    expect(await numbersOf(queue)).toEqual([1, 0, 0]);

    await (boss.maintain?.() ?? boss.supervise?.(queue));
    await pass(500);
    expect(await numbersOf(queue)).toEqual([1, 1, 0.5]);
  });

  it('counts what a policy holds back, because it is work that waits', async () => {
    const queue = await newQueue({ policy: 'singleton' });
    await boss.send(queue, {});
    await boss.send(queue, {});
    await boss.send(queue, {});
    await take(queue);

    expect(await numbersOf(queue)).toEqual([3, 2, 0.001]);
  });

  it.each([
    ['short', 1],
    ['stately', 1],
  ] as const)('counts what the policy %s lets in: %i of 2', async (policy, count) => {
    const queue = await newQueue({ policy });
    await boss.send(queue, {});
    await boss.send(queue, {});

    expect(await numbersOf(queue)).toEqual([count, count, 0.001]);
  });

  it('takes the age of the oldest job, whatever its priority', async () => {
    const queue = await newQueue();
    await boss.send(queue, {}, { priority: 1 });
    await pass(700);
    await boss.send(queue, {}, { priority: 2 });
    await pass(300);
    await boss.send(queue, {});

    expect(await numbersOf(queue)).toEqual([3, 3, 1]);
  });

  it('counts a throttled job once', async () => {
    const queue = await newQueue();
    await boss.send(queue, {}, { singletonKey: 'key', singletonSeconds: 60 });
    await boss.send(queue, {}, { singletonKey: 'key', singletonSeconds: 60 });

    expect(await numbersOf(queue)).toEqual([1, 1, 0.001]);
  });

  it('counts a debounced job once more from its slot on', async () => {
    const queue = await newQueue();
    const options = { singletonKey: 'key', singletonSeconds: 60, singletonNextSlot: true };
    for (let count = 1; count <= 3; count++) {
      await boss.send(queue, {}, options);
    }
    await pass(1);
    expect(await numbersOf(queue)).toEqual([1, 1, 0.001]);

    // The rest of a minute, and a second more.
    await pass(61_000);
    expect(await numbersOf(queue)).toEqual([2, 2, 61.001]);
  });

  it('counts a job that failed for good where it went, in the dead letter queue', async () => {
    const dead = await newQueue();
    const queue = await newQueue({ deadLetter: dead });
    await boss.send(queue, {}, { retryLimit: 0 });
    await boss.fail(queue, await take(queue));
    await pass(200);

    expect(await numbersOf(queue)).toEqual([0, 0, 0]);
    expect(await numbersOf(dead)).toEqual([1, 1, 0.2]);
  });

  it('does not count a cancelled job, until it is resumed', async () => {
    const queue = await newQueue();
    const id = (await boss.send(queue, {})) ?? '';
    await boss.cancel(queue, id);
    expect(await numbersOf(queue)).toEqual([0, 0, 0]);

    await boss.resume(queue, id);
    await pass(300);
    expect(await numbersOf(queue)).toEqual([1, 1, 0.3]);
  });

  if (MAJORS.some((major) => major === version)) {
    it('counts what a schedule sends, once it is sent', async () => {
      const { url: connectionString } = await TestDatabase.create();
      const interval = { cronMonitorIntervalSeconds: 1, cronWorkerIntervalSeconds: 1 };
      const clock = bossOfTest(version, { connectionString, schedule: true, ...interval });
      await clock.start();
      await clock.createQueue('mail');
      const proc = new WorkerProc(clock, 'mail');
      expect([await proc.quantity(), await proc.latency()]).toEqual([0, 0]);

      await clock.schedule('mail', '* * * * *');
      while ((await proc.quantity()) === 0) {
        await setTimeout(10);
      }
      expect(await proc.quantity()).toBe(1);
      expect(await proc.latency()).toBeLessThan(60);
    });
  }

  if (version !== 10) {
    it('counts in a separate table and in the common one alike', async () => {
      const [own, common] = [await newQueue({ partition: true }), await newQueue()];
      await boss.send(own, {});
      await boss.send(own, {});
      await boss.send(common, {});
      await take(own);

      expect(await numbersOf(own, common)).toEqual([3, 2, 0.001]);
    });
  }

  if (version !== 10 && version !== 11) {
    it('goes by the clock of the schema, where it has one', async () => {
      const queue = await newQueue();
      await boss.send(queue, {}, { startAfter: new Date(driver.database.now + 60_000) });
      const setAhead = (seconds: number) =>
        driver.database.query(
          `create or replace function pgboss.job_now() returns timestamptz language sql stable as
           'select pg_catalog.now() + make_interval(secs => ${seconds})'`,
        );
      await setAhead(61);
      const hasOne = version === '12.33' || version === 12;
      expect(await numbersOf(queue)).toEqual(hasOne ? [1, 1, 1] : [0, 0, 0]);
      await setAhead(0);
    });

    it('counts what a group holds back, because it is work that waits', async () => {
      const queue = await newQueue();
      for (let count = 1; count <= 3; count++) {
        await boss.send(queue, {}, { group: { id: 'tenant' } });
      }
      await pass(200);
      expect(await boss.fetch(queue, { groupConcurrency: 1 })).toHaveLength(1);
      expect(await boss.fetch(queue, { groupConcurrency: 1 })).toEqual([]);

      expect(await numbersOf(queue)).toEqual([3, 2, 0.2]);
    });

    it('counts what the order of a key holds back, because it is work that waits', async () => {
      const queue = await newQueue({ policy: 'key_strict_fifo' });
      for (let count = 1; count <= 3; count++) {
        await boss.send(queue, {}, { singletonKey: 'tenant' });
      }
      await take(queue);
      expect(await boss.fetch(queue)).toEqual([]);

      expect(await numbersOf(queue)).toEqual([3, 2, 0.001]);
    });

    it('does not count a job that waits for another, until that one is done', async () => {
      const [first, second] = [await newQueue(), await newQueue()];
      await boss.flow?.([
        { ref: 'first', name: first },
        { ref: 'second', name: second, dependsOn: ['first'] },
      ]);
      await pass(100);
      expect(await numbersOf(first, second)).toEqual([1, 1, 0.1]);

      await boss.complete(first, await take(first));
      // pg-boss does this by itself from time to time.
      await driver.database.query('update pgboss.job set blocked = false where name = $1', [second]);
      expect(await numbersOf(first, second)).toEqual([1, 1, 0.101]);
    });
  }

  // One of each order in which the jobs are read.
  if (version === 10 || version === '12.30' || version === 12) {
    it('stops counting at 100,000, whatever waits and runs', async () => {
      const queue = await newQueue();
      // Ids in their order, and no look at the queue for each job, take half the time.
      await driver.database.query(
        `set local session_replication_role = replica;
         insert into pgboss.job (id, name, start_after, state)
         select lpad(i::text, 32, '0')::uuid, '${queue}', now(),
           (case when i > 99999 then 'active' when i % 2 = 0 then 'created' else 'retry' end)::pgboss.job_state
         from generate_series(1, 100010) i`,
      );
      expect(await numbersOf(queue)).toEqual([100_000, 99_999, 0.001]);

      await driver.database.query(`update pgboss.job set state = 'created' where name = $1 and state = 'active'`, [
        queue,
      ]);
      expect(await numbersOf(queue)).toEqual([100_000, 100_000, 0.001]);
      await driver.database.query('truncate pgboss.job');
    });
  }

  it('reads by functions of PostgreSQL, whatever the search path finds first', async () => {
    const queue = await newQueue();
    await boss.send(queue, {});
    await boss.send(queue, {});
    await take(queue);
    const pool = new pg.Pool({ connectionString: await driver.database.shadowFunctions() });
    const getDb = () => db;
    const db = { executeSql: (text: string) => pool.query(text) };
    const worker = new WorkerProc({ getDb }, { schema: 'pgboss' }, queue);
    const lean = new LeanProc({ getDb }, { schema: 'pgboss' }, queue);

    expect(await Promise.all([worker.quantity(), lean.quantity(), worker.latency()])).toEqual([2, 1, 0.001]);
    await pool.end();
    await driver.database.query('drop schema shadow cascade');
  });

  it('reads the queues of all procs by one statement', async () => {
    const [mail, images] = [await newQueue(), await newQueue()];
    await boss.send(mail, {});
    const procs = [
      new WorkerProc(boss, mail, images),
      new LeanProc(boss, mail),
      new WorkerProc(boss, ...Array.from({ length: 50 }, () => mail)),
    ];
    await procs[0]?.quantity();
    const sent = jest.spyOn(boss.getDb(), 'executeSql');

    expect(await Promise.all(procs.flatMap((proc) => [proc.quantity(), proc.latency()]))).toEqual([
      ...[1, 0.001],
      ...[1, 0.001],
      ...[1, 0.001],
    ]);
    expect(sent).toHaveBeenCalledTimes(1);
    sent.mockRestore();
  });

  it('leaves no setting behind on a connection', async () => {
    const single = bossOfTest(version, { connectionString: driver.database.url, max: 1 });
    await single.start();
    await new WorkerProc(single, await newQueue()).quantity();

    for (const [name, value] of Object.entries({ statement_timeout: '0', lock_timeout: '0', row_security: 'on' })) {
      const { rows } = await single.getDb().executeSql(`show ${name}`, []);
      expect(rows).toEqual([{ [name]: value }]);
    }
  });

  it('fails for a queue that does not exist, and no other proc with it', async () => {
    const queue = await newQueue();
    const [found, missing] = await Promise.allSettled([
      new WorkerProc(boss, queue).quantity(),
      new WorkerProc(boss, queue, 'nowhere').quantity(),
    ]);

    expect(found).toEqual({ status: 'fulfilled', value: 0 });
    expect(missing).toMatchObject({
      reason: { message: 'pg-boss has no queue "nowhere": create it with createQueue(), or correct its name' },
    });
  });

  it('reads schemas of the same pool side by side, and fails for a missing one alone', async () => {
    const queue = await newQueue();
    await boss.send(queue, {});
    const other = bossOfTest(version, { connectionString: driver.database.url, schema: 'OtherOne' });
    await other.start();
    await other.createQueue(queue);
    const [own, others, missing] = await Promise.allSettled([
      new WorkerProc(boss, queue).quantity(),
      new WorkerProc(boss, { schema: 'OtherOne' }, queue).quantity(),
      new WorkerProc(boss, { schema: 'no_such' }, queue).quantity(),
    ]);

    expect([own, others]).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 0 },
    ]);
    expect(missing).toMatchObject({
      reason: {
        message:
          'the schema "no_such" of pg-boss is not there, or not as it should be: start pg-boss, which makes and migrates its schema',
      },
    });
    // Read from pg-boss if it can be.
    expect(await new WorkerProc(other, queue).quantity()).toBe(0);
  });

  it.each([
    [20, 'start pg-boss, which makes and migrates its schema'],
    [47, 'update nestjs-hirefire'],
  ])('refuses a schema of the version %i that is not as known', async (found, cure) => {
    const database = await TestDatabase.create();
    const fresh = bossOfTest(version, { connectionString: database.url });
    await fresh.start();
    await fresh.createQueue('mail');
    const proc = new WorkerProc(fresh, 'mail');
    expect(await proc.quantity()).toBe(0);

    await database.query(`
      update pgboss.version set version = ${found};
      alter table pgboss.job rename column start_after to due`);
    await expect(proc.quantity()).rejects.toThrow(
      `the schema "pgboss" of pg-boss has version ${found}, and only versions 21 to 46 are known, those of pg-boss 10 to 12.38: ${cure}`,
    );
  });

  it('fails before pg-boss is started and after it was stopped, and is never 0 then', async () => {
    const queue = await newQueue();
    const other = bossOfTest(version, { connectionString: driver.database.url });
    const proc = new WorkerProc(other, queue);
    await expect(proc.quantity()).rejects.toThrow(/pg-boss is not started, or was stopped/);

    await other.start();
    expect(await proc.quantity()).toBe(0);
    await other.stop({ graceful: false });
    await expect(proc.quantity()).rejects.toThrow(/pg-boss is not started, or was stopped|pool .* was closed/);
  });

  it.each([
    ['one connection', async (sql: Sql) => sql.reserve()],
    ['any connection', async (sql: Sql) => Object.assign(sql, { release: () => undefined })],
  ])('reads through a db over %s of postgres.js, with time-outs', async (_, reserve) => {
    const queue = await newQueue();
    await boss.send(queue, {});
    const sql = postgres(driver.database.url, { max: 1 });
    const db = {
      executeSql: jest.fn(async (text: string, values: unknown[]) => {
        const connection = await reserve(sql);
        try {
          return { rows: await connection.unsafe(text, values as never[]) };
        } finally {
          connection.release();
        }
      }),
    };
    const proc = new WorkerProc({ getDb: () => db }, { schema: 'pgboss' }, queue);

    expect([await proc.quantity(), await proc.latency()]).toEqual([1, 0.001]);
    expect(db.executeSql.mock.calls.map(([text]) => text.startsWith('set local statement_timeout'))).toEqual([
      true,
      true,
      true,
    ]);
    const missing = new WorkerProc({ getDb: () => db }, { schema: 'pgboss' }, 'missing');
    await expect(missing.quantity()).rejects.toThrow('pg-boss has no queue "missing"');
    await sql.end();
  });

  it.each([
    ['rows that are arrays of values', (rows: readonly Row[]) => ({ rows: rows.map((row) => Object.values(row)) })],
    ['rows only', (rows: readonly Row[]) => rows],
    ['no rows', () => ({ rows: [] })],
  ])('fails in words through a db that hands on %s', async (_, shaped) => {
    const executeSql = async (text: string) => shaped((await driver.database.prepared(text)).rows);
    const proc = new WorkerProc({ getDb: () => ({ executeSql }) }, { schema: 'pgboss' }, await newQueue());

    await expect(proc.quantity()).rejects.toThrow(
      'PostgreSQL was not asked: pg-boss is not started, or was stopped; or its db does not resolve to { rows }, each an object',
    );
  });

  it('requires the schema of a pg-boss that was given a db', async () => {
    const queue = await newQueue();
    const given = bossOfTest(version, { connectionString: '', db: { executeSql: async () => ({ rows: [] }) } });

    expect(() => new WorkerProc(given, queue)).toThrow(
      new HireFireConfigError(
        `WorkerProc: the schema of the jobs can't be read from its pg-boss, because it was given a db, or shares its db with ` +
          `another one. Name the schema, as in super(boss, { schema: 'pgboss' }, 'mail').`,
      ),
    );
    // A shared db has the schema of only one of them.
    const lender = bossOfTest(version, { connectionString: driver.database.url });
    const borrower = bossOfTest(version, { connectionString: '', db: lender.getDb(), schema: 'other' });
    for (const one of [borrower, lender]) {
      expect(() => new WorkerProc(one, queue)).toThrow(/shares its db with another one\. Name the schema/);
    }
  });

  it.each([
    // node-postgres answers several statements with an array.
    ['hands on everything', (text: string) => boss.getDb().executeSql(text, [])],
    [
      'hands on the rows of one statement',
      async (text: string) => {
        const result: { readonly rows: readonly unknown[] | undefined } = await boss.getDb().executeSql(text, []);
        return { rows: result.rows };
      },
    ],
    ['prepares its statements', (text: string) => driver.database.prepared(text)],
    [
      'hands on no rows of several statements',
      async (text: string) => {
        const result = await boss.getDb().executeSql(text, []);
        return { rows: Array.isArray(result) ? [] : result.rows };
      },
    ],
    [
      'is confused by several results',
      async (text: string) => ({ rows: (await boss.getDb().executeSql(text, [])).rows.map((row) => row) }),
    ],
    [
      'writes the names of columns in another way',
      async (text: string) => {
        const { rows } = await driver.database.prepared(text);
        const renamed = (key: string): string => key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
        return {
          rows: rows.map((row: object) =>
            Object.fromEntries(Object.entries(row).map(([key, value]) => [renamed(key), value])),
          ),
        };
      },
    ],
    [
      'wraps the errors of one that prepares',
      (text: string) =>
        driver.database.prepared(text).catch((cause: unknown) => {
          throw new Error('Failed query', { cause });
        }),
    ],
  ])('reads through a db of the app that %s', async (_, executeSql) => {
    const queue = await newQueue();
    await boss.send(queue, {});

    const db = { executeSql: jest.fn<SqlExecutor['executeSql']>((text) => executeSql(text)) };
    const proc = new WorkerProc({ getDb: () => db }, { schema: 'pgboss' }, queue);
    expect(await proc.quantity()).toBe(1);
    db.executeSql.mockClear();
    expect(await proc.latency()).toBe(0.001);
    // By now it is known to take one statement only.
    expect(db.executeSql).toHaveBeenCalledTimes(1);
    const missing = new WorkerProc({ getDb: () => db }, { schema: 'pgboss' }, 'missing');
    await expect(missing.quantity()).rejects.toThrow('pg-boss has no queue "missing"');
  });
});

const ATTACK = `"pgboss".version) as a, 0 as indexed; drop table victim; select (select 1 from "pgboss"`;

describe('PgBossProc', () => {
  const boss = newBoss(12, { connectionString: 'postgres://user:secret@db.example:6543/shop' });

  it.each([
    [
      'without a pg-boss',
      () => new WorkerProc(undefined as unknown as Boss, 'mail'),
      /^WorkerProc was given no pg-boss/,
    ],
    [
      'without a pg-boss, with a schema',
      () => new WorkerProc(undefined as unknown as Boss, { schema: 'pgboss' }, 'mail'),
      /^WorkerProc was given no pg-boss/,
    ],
    ['without a queue', () => new WorkerProc(boss), /^WorkerProc has no queue/],
    [
      'with an empty name',
      () => new WorkerProc(boss, 'mail', ''),
      /^WorkerProc: the name of queue 2 of 2 must be a text/,
    ],
    [
      'with a schema that is no name',
      () => new WorkerProc(boss, { schema: '' }, 'mail'),
      /^WorkerProc: the option "schema"/,
    ],
    [
      'with a pg-boss 9, which has no getDb()',
      () =>
        new WorkerProc(
          Object.assign(new EventEmitter(), { start: jest.fn(), send: jest.fn() }) as unknown as Boss,
          'mail',
        ),
      /^WorkerProc was given a pg-boss that is too old: update it to version 10, 11 or 12\.$/,
    ],
    [
      'without a pg-boss, and names the cure for one that is made later',
      () => new WorkerProc(null as unknown as Boss, 'mail'),
      /If it is made later, pass a function that returns it: super\(\(\) => service\.boss, 'mail'\)\.$/,
    ],
    [
      'with a bad schema of a pg-boss that is made later',
      () => new WorkerProc(() => undefined, { schema: ATTACK }, 'mail'),
      /^WorkerProc: the schema '.*' is neither/s,
    ],
    [
      'with a schema that closes its quotes, to go on as SQL',
      () => new WorkerProc(boss, { schema: ATTACK }, 'mail'),
      /^WorkerProc: the schema '.*' is neither a plain name nor one in double quotes/s,
    ],
    [
      'with a quote inside a plain schema',
      () => new WorkerProc(boss, { schema: 'a"b' }, 'mail'),
      /^WorkerProc: the schema 'a"b' is neither/,
    ],
    [
      'with a quote that is not closed',
      () => new WorkerProc(boss, { schema: '"ab' }, 'mail'),
      /^WorkerProc: the schema '"ab' is neither/,
    ],
    [
      'with empty quotes',
      () => new WorkerProc(boss, { schema: '""' }, 'mail'),
      /^WorkerProc: the schema '""' is neither/,
    ],
    [
      'with a NUL byte in the schema',
      () => new WorkerProc(boss, { schema: 'a\0b' }, 'mail'),
      /^WorkerProc: the option "schema" must be a name/,
    ],
    [
      'with the SQL of an attack as the schema that pg-boss was configured with',
      () => {
        const getDb = () =>
          Object.assign(
            new EventEmitter().on('error', () => undefined),
            { config: { schema: ATTACK } },
          );
        return new WorkerProc({ getDb } as unknown as Boss, 'mail');
      },
      /^WorkerProc: the schema '.*' is neither/s,
    ],
    [
      'with an option that there is not',
      () => Reflect.construct(WorkerProc, [boss, { scheme: 'jobs' }, 'mail']) as WorkerProc,
      /^WorkerProc: there is no option "scheme", only schema\. Remove it or correct its name\.$/,
    ],
  ])('is refused %s', (_, make, message) => {
    expect(make).toThrow(HireFireConfigError);
    expect(make).toThrow(message);
  });

  it.each([
    ['Mixed', '"mixed"'],
    ['"Mixed"', '"Mixed"'],
    ['tenant-1', '"tenant-1"'],
    ['"a""b"', '"a""b"'],
    ["it's; -- \\", `"it's; -- \\"`],
  ])('takes the schema %s as pg-boss does: %s', (schema, quoted) => {
    expect(new WorkerProc(boss, { schema }, 'mail').descriptions).toMatchObject([
      { name: `mail in the schema ${quoted}` },
    ]);
  });

  it('reads a pg-boss that is made later, and the one that takes its place, by one statement', async () => {
    const database = await TestDatabase.create();
    const service: { boss: Boss | null | undefined } = { boss: undefined };
    const [first, second] = ['first', 'second'].map((schema) =>
      bossOfTest(12, { connectionString: database.url, schema }),
    );
    const procs = [new WorkerProc(() => service.boss, 'mail'), new LeanProc(() => service.boss, 'mail')];
    const measured = () => Promise.all(procs.map((proc) => proc.quantity()));
    expect(procs[0]?.descriptions).toEqual([{ name: 'mail', server: undefined }]);
    for (const none of [undefined, null]) {
      service.boss = none;
      await expect(measured()).rejects.toThrow(
        /^pg-boss is not connected yet: the function in super\(\) returned nothing$/,
      );
    }

    for (const [index, boss] of [first, second].entries()) {
      await boss?.start();
      await boss?.createQueue('mail');
      for (let count = 0; count <= index; count++) {
        await boss?.send('mail', {});
      }
      service.boss = boss;
      expect(await measured()).toEqual([index + 1, index + 1]);
      const sent = jest.spyOn(defined(boss).getDb(), 'executeSql');
      expect(await measured()).toEqual([index + 1, index + 1]);
      expect(sent).toHaveBeenCalledTimes(1);
    }
    expect(procs[0]?.descriptions).toEqual([
      { name: 'mail in the schema "second"', server: new URL(database.url).href.replace(/.*@/, '') },
    ]);
    await first?.stop({ graceful: false });
    expect(await measured()).toEqual([2, 2]);
  });

  it('fails in words for anything else that the function returns', async () => {
    const proc = new WorkerProc(() => ({}) as Boss, 'mail');
    await expect(proc.quantity()).rejects.toThrow(/^WorkerProc was given no pg-boss/);
  });

  async function newerSchema(database: TestDatabase, change: string): Promise<Boss> {
    const newer = bossOfTest(12, { connectionString: database.url });
    await newer.start();
    await newer.createQueue('mail');
    await newer.send('mail', {});
    await newer.send('mail', {}, { startAfter: 3600 });
    await database.query(`update pgboss.version set version = 47; ${change}`);
    return newer;
  }

  it.each([
    ['nothing else', ''],
    ['a new column', 'alter table pgboss.job add column colour text'],
    ['a new state of finished jobs', `alter type pgboss.job_state add value 'archived' after 'completed'`],
    ['another name of a state that is not asked for', `alter type pgboss.job_state rename value 'failed' to 'dead'`],
  ])('reads a newer schema that has %s, by one statement, and warns once', async (_, change) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const newer = await newerSchema(await TestDatabase.create(), change);
    const procs = [new WorkerProc(newer, 'mail'), new LeanProc(newer, 'mail')];
    const measured = () => Promise.all(procs.flatMap((proc) => [proc.quantity(), proc.latency()]));
    expect(await measured()).toEqual([1, expect.closeTo(1, -2), 1, expect.closeTo(1, -2)]);
    const sent = jest.spyOn(newer.getDb(), 'executeSql');
    await measured();
    expect(sent).toHaveBeenCalledTimes(1);

    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 10 * 60_000);
    await measured();
    expect(sent).toHaveBeenCalledTimes(3);
    clock.mockRestore();
    expect(warn.mock.calls).toEqual([
      [
        'The schema "pgboss" of pg-boss has version 47, and only versions 21 to 46 are known. It is read, because all that is read ' +
          'of it is as before. Update nestjs-hirefire when you can.',
      ],
    ]);
    warn.mockRestore();
  });

  it.each([
    ['a column of another name', 'alter table pgboss.job rename column blocked to held'],
    ['a column less', 'alter table pgboss.job drop column start_after cascade'],
    ['a column of another type', 'alter table pgboss.queue alter column name type varchar(90)'],
    ['a table of another name', 'alter table pgboss.queue rename to queues'],
    ['no clock', 'alter function pgboss.job_now() rename to time'],
    ['another name of the state of waiting jobs', `alter type pgboss.job_state rename value 'created' to 'waiting'`],
    ['another name of the state of active jobs', `alter type pgboss.job_state rename value 'active' to 'running'`],
    ['a new state of waiting jobs', `alter type pgboss.job_state add value 'waiting' before 'retry'`],
    ['its states in another type', 'alter type pgboss.job_state rename to state'],
  ])('refuses a newer schema that has %s, also if it becomes so later', async (_, change) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const database = await TestDatabase.create();
    const changing = await newerSchema(database, '');
    const later = bossOfTest(12, { connectionString: database.url });
    await later.start();
    const proc = new WorkerProc(changing, 'mail');
    expect(await proc.quantity()).toBe(1);
    warn.mockClear();
    await database.query(`update pgboss.version set version = 48; ${change}`);
    for (const refused of [proc, new WorkerProc(later, 'mail')]) {
      await expect(refused.quantity()).rejects.toThrow(
        'the schema "pgboss" of pg-boss has version 48, and only versions 21 to 46 are known, those of pg-boss 10 to 12.38: update ' +
          'nestjs-hirefire',
      );
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('fails for a schema of a known version whose states have other names, and no other schema with it', async () => {
    const database = await TestDatabase.create();
    const { url: connectionString } = database;
    const [own, other] = [bossOfTest(12, { connectionString }), bossOfTest(12, { connectionString, schema: 'other' })];
    await own.start();
    await other.start();
    await own.createQueue('mail');
    await other.createQueue('mail');
    await database.query(`alter type other.job_state rename value 'active' to 'running'`);
    const [mine, others] = await Promise.allSettled([
      new WorkerProc(own, 'mail').quantity(),
      new WorkerProc(own, { schema: 'other' }, 'mail').quantity(),
    ]);

    expect(mine).toEqual({ status: 'fulfilled', value: 0 });
    expect(others).toMatchObject({
      reason: { message: expect.stringMatching(/^the schema "other" .* not as it should be/) },
    });
  });

  it('runs no SQL that comes as a schema or as a queue', async () => {
    const database = await TestDatabase.create();
    const { url: connectionString } = database;
    const live = bossOfTest(12, { connectionString });
    await live.start();
    await live.createQueue('mail');
    await database.query('create table victim ()');
    for (const schema of [ATTACK, ATTACK.replaceAll('"', ''), ATTACK.replaceAll('"', '""'), `"${ATTACK}"`]) {
      await expect((async () => new WorkerProc(live, { schema }, 'mail').quantity())()).rejects.toThrow(/the schema/);
    }
    for (const queue of [`'; drop table victim; --`, `\\'; drop table victim; --`, ATTACK]) {
      await expect(new WorkerProc(live, queue).quantity()).rejects.toThrow(/has no queue/);
    }

    expect(await database.query(`select to_regclass('victim') is not null as stays`)).toEqual([{ stays: true }]);
  });

  it('names the server of its queues, without credentials, before and after it was started', async () => {
    const proc = new WorkerProc(boss, 'mail');
    const mail = { name: 'mail in the schema "pgboss"', server: 'db.example:6543/shop' };
    expect(proc.descriptions).toEqual([mail]);

    await boss.start().catch(() => undefined);
    expect(proc.descriptions).toEqual([mail]);
  });
});
