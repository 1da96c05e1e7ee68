/** The PostgreSQL that a file's tests run against, and databases on it whose clock the tests stop. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { PostgresServer } from '../../tools/postgres-server.js';
import type { Broker } from '../contract/jobs/driver.js';

function newName(): string {
  return `nestjs_hirefire_${randomUUID().replaceAll('-', '')}`;
}

async function createDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
}

/** A new, empty database. */
export class TestDatabase {
  static #server: Promise<PostgresServer> | undefined;
  static readonly #open = new Set<TestDatabase>();

  readonly #admin: pg.Pool;
  /** epoch ms; `undefined` where the real time passes. */
  #now: number | undefined;

  private constructor(
    readonly url: string,
    /** The server goes on without it. */
    private readonly isGuest: boolean,
  ) {
    this.#admin = new pg.Pool({ connectionString: url, max: 1 });
    this.#admin.on('error', () => undefined);
  }

  /** On a server of the test's own, or the one that DATABASE_URL names, or else one that is started for this file's tests. */
  static async create(own?: PostgresServer): Promise<TestDatabase> {
    const given = own?.url ?? process.env.DATABASE_URL;
    if (given === undefined) {
      TestDatabase.#server ??= PostgresServer.start();
    }
    const server = new URL(given ?? (await TestDatabase.#server)?.url ?? '');
    const name = newName();
    await createDatabase(server.href, name);
    server.pathname = `/${name}`;
    const database = new TestDatabase(server.href, given !== undefined && own === undefined);
    TestDatabase.#open.add(database);
    return database;
  }

  /** One whose now() is stopped, for every session: it takes the place of PostgreSQL's own. */
  static async createStopped(own?: PostgresServer): Promise<TestDatabase> {
    const database = await TestDatabase.create(own);
    // Far ahead, because a replica's lag counts from the real time of its last replay.
    database.#now = 4_102_444_800_000;
    await database.query(`
      create schema clock;
      create table clock.face (now timestamptz);
      insert into clock.face values (to_timestamp(${database.#now / 1000}));
      alter function pg_catalog.now() rename to real_now;
      create function pg_catalog.now() returns timestamptz language sql stable as 'select now from clock.face'`);
    return database;
  }

  /** Drops all of them, and ends the file's servers. */
  static async closeAll(): Promise<void> {
    await PostgresBroker.endServer();
    await Promise.all([...TestDatabase.#open].map((database) => database.#close()));
    TestDatabase.#open.clear();
    const server = await TestDatabase.#server;
    TestDatabase.#server = undefined;
    await server?.stop();
  }

  get now(): number {
    return this.#now ?? Date.now();
  }

  /** Creates a schema of functions that answer nonsense, and returns the URL of sessions that find these first. */
  async shadowFunctions(): Promise<string> {
    await this.query(`
      create schema shadow;
      create function shadow.nonsense(bigint) returns bigint language sql as $$ select -7::bigint $$;
      create aggregate shadow.count(*) (sfunc = shadow.nonsense, stype = bigint, initcond = '-7');
      create function shadow.late(timestamptz, timestamptz) returns timestamptz language sql as $$ select 'infinity'::timestamptz $$;
      create aggregate shadow.min(timestamptz) (sfunc = shadow.late, stype = timestamptz, initcond = 'infinity');
      create function shadow.minus(int, int) returns int language sql as $$ select -7::int $$;
      create aggregate shadow.max(int) (sfunc = shadow.minus, stype = int, initcond = '-7');
      create function shadow.now() returns timestamptz language sql as $$ select '-infinity'::timestamptz $$;
      create function shadow.statement_timestamp() returns timestamptz language sql as $$ select 'infinity'::timestamptz $$;
      create function shadow.transaction_timestamp() returns timestamptz language sql as $$ select '-infinity'::timestamptz $$;
      create function shadow.isfinite(timestamptz) returns boolean language sql as $$ select false::boolean $$;
      create function shadow.round(numeric, int) returns numeric language sql as $$ select -7::numeric $$;
      create function shadow.pg_is_in_recovery() returns boolean language sql as $$ select true::boolean $$;
      create function shadow.row_security_active(text) returns boolean language sql as $$ select true::boolean $$;
      create function shadow.concat_ws(text, int, int, int, numeric) returns text language sql as $$ select ''::text $$;
      create domain shadow.text as pg_catalog.text check (value is null)`);
    const url = new URL(this.url);
    url.searchParams.set('options', '-c search_path=shadow,pg_catalog');
    return url.href;
  }

  /** Lets time pass where it is stopped. */
  async pass(ms: number): Promise<void> {
    if (this.#now === undefined) {
      throw new Error('the clock of this database is not stopped');
    }
    this.#now += ms;
    await this.query(`update clock.face set now = now + ${ms} * interval '1 ms'`);
  }

  async query<R extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]> {
    return (await this.#admin.query<R>(text, values)).rows;
  }

  /** As a client asks that prepares every statement. */
  async prepared(text: string): Promise<pg.QueryResult> {
    return this.#admin.query({ text, name: randomUUID() });
  }

  async #close(): Promise<void> {
    const name = new URL(this.url).pathname.slice(1);
    await this.#admin.end();
    if (this.isGuest) {
      const client = new pg.Client(process.env.DATABASE_URL);
      await client.connect();
      await client.query(`drop database ${name} with (force)`);
      await client.end();
    }
  }
}

/** A broker that a test may kill: a database on a server that all tests of the file start in turn. */
export class PostgresBroker implements Broker {
  static #server: Promise<PostgresServer> | undefined;
  readonly #name = newName();
  #isCreated = false;

  private constructor(private readonly server: PostgresServer) {}

  static async reserve(): Promise<PostgresBroker> {
    PostgresBroker.#server ??= PostgresServer.reserve();
    return new PostgresBroker(await PostgresBroker.#server);
  }

  static async endServer(): Promise<void> {
    const server = await PostgresBroker.#server;
    PostgresBroker.#server = undefined;
    await server?.stop();
  }

  get url(): string {
    return this.server.urlOf(this.#name);
  }

  async start(): Promise<void> {
    await this.server.start();
    if (!this.#isCreated) {
      await createDatabase(this.server.url, this.#name);
      this.#isCreated = true;
    }
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  freeze(): void {
    this.server.freeze();
  }

  thaw(): void {
    this.server.thaw();
  }

  stop(): Promise<void> {
    return this.server.kill();
  }
}
