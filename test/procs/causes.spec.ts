/** Connections that can't be made: the message for HireFire, and whether it comes at once or with the time-out. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import { HireFireProc, type QueueProc } from '../../lib/index.js';
import { PgBossProc } from '../../lib/pg-boss/index.js';
import { PostgresServer } from '../../tools/postgres-server.js';
import { freePort } from '../../tools/redis-server.js';
import { failed, NEVER } from '../contract/jobs/app.js';
import { poll, startApp } from '../support/apps.js';

/** Another backend adds its rows to {@link CASES}, and its servers to {@link places}. */
interface Case {
  readonly backend: string;
  readonly case: string;
  readonly message: string;
  readonly when: 'at once' | 'with the time-out';
  readonly connect: () => Connected;
}

interface Connected {
  readonly proc: QueueProc<unknown>;
  readonly end: () => unknown;
}

const TIMEOUT = 1000;

/** Servers by name; the URL of one that is no broker has only its host and port. */
const places = {
  closed: '127.0.0.1:0',
  silent: '127.0.0.1:0',
  website: '127.0.0.1:0',
  postgres: '127.0.0.1:0',
  /** Requires TLS. */
  securePostgres: '127.0.0.1:0',
};

@HireFireProc('worker')
class BossWorker extends PgBossProc {}

@HireFireProc('worker')
class GraphileWorker extends GraphileWorkerProc {}

const TRUST = { rejectUnauthorized: false };
const POSTGRES: readonly (readonly [name: string, procOf: (pool: pg.Pool) => QueueProc<unknown>])[] = [
  [
    'pg-boss',
    (pool) => {
      const db = { pool, executeSql: (text: string) => pool.query(text) };
      return new BossWorker({ getDb: () => db }, { schema: 'pgboss' }, 'mail');
    },
  ],
  ['graphile-worker', (pool) => new GraphileWorker(pool, 'mail')],
];

const SELF_SIGNED =
  "PostgreSQL can not be reached: its certificate is self-signed: hand the certificate's authority to the connection, or, as Heroku's Postgres needs it, ";
const NEEDS_TLS =
  "PostgreSQL refuses the login: this user may not connect from here. If the server requires TLS, as Heroku's does, the connection needs ";
const NO_SSLMODE = 'sslmode=no-verify in its URL, or no sslmode there, because it overrides ssl';
const NO_POSTGRES = 'PostgreSQL can not be reached: what answers is no PostgreSQL: look at the port';

const CASES: readonly Case[] = POSTGRES.flatMap(([backend, procOf]) => {
  const row = (name: string, config: () => pg.PoolConfig, message: string, when: Case['when'] = 'at once'): Case => ({
    backend,
    case: name,
    message,
    when,
    connect: () => {
      const pool = new pg.Pool(config());
      pool.on('error', () => undefined);
      return { proc: procOf(pool), end: () => pool.end() };
    },
  });
  const at = (place: string, query = ''): string => `postgres://postgres@${place}/postgres${query}`;
  return [
    row(
      'a closed port',
      () => ({ connectionString: at(places.closed) }),
      'PostgreSQL can not be reached: nothing listens at its host and port (ECONNREFUSED)',
    ),
    row(
      'an unknown host',
      () => ({ connectionString: at('no-such-host.invalid') }),
      'PostgreSQL can not be reached: no such host name: look at the host of its URL (ENOTFOUND)',
    ),
    row(
      'a refused login',
      () => ({ connectionString: at(places.postgres).replace('postgres@', 'guest:wrong@') }),
      'PostgreSQL refuses the login: check user and password (28P01)',
    ),
    row(
      'a self-signed certificate',
      () => ({ connectionString: at(places.securePostgres), ssl: { rejectUnauthorized: true } }),
      `${SELF_SIGNED}ssl: { rejectUnauthorized: false } (DEPTH_ZERO_SELF_SIGNED_CERT)`,
    ),
    row(
      'a self-signed certificate, and sslmode that overrides ssl',
      () => ({ connectionString: at(places.securePostgres, '?sslmode=require'), ssl: TRUST }),
      `${SELF_SIGNED}${NO_SSLMODE} (DEPTH_ZERO_SELF_SIGNED_CERT)`,
    ),
    row(
      'TLS to a plain port',
      () => ({ connectionString: at(places.postgres), ssl: TRUST }),
      'PostgreSQL can not be reached: it does not support TLS: leave ssl and sslmode out',
    ),
    row(
      'plain to a TLS port',
      () => ({ connectionString: at(places.securePostgres) }),
      `${NEEDS_TLS}ssl: { rejectUnauthorized: false } (28000)`,
    ),
    row(
      'plain to a TLS port, because sslmode overrides ssl',
      () => ({ connectionString: at(places.securePostgres, '?sslmode=disable'), ssl: TRUST }),
      `${NEEDS_TLS}${NO_SSLMODE} (28000)`,
    ),
    row('TLS to a website', () => ({ connectionString: at(places.website), ssl: TRUST }), NO_POSTGRES),
    row(
      'a silent host',
      () => ({ connectionString: at(places.silent) }),
      'PostgreSQL did not answer within 0.9 s',
      'with the time-out',
    ),
    row(
      'a silent host, and connectionTimeoutMillis',
      () => ({ connectionString: at(places.silent), connectionTimeoutMillis: 200 }),
      'PostgreSQL can not be reached: its host does not answer',
    ),
  ];
});

const servers: Server[] = [];
const silent: Socket[] = [];
const brokers: PostgresServer[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startPostgres(rule: string, prepare: (server: PostgresServer) => Promise<unknown>): Promise<string> {
  const server = await PostgresServer.reserve();
  brokers.push(server);
  await server.addAccessRule(rule);
  await prepare(server);
  await server.start();
  return `127.0.0.1:${server.port}`;
}

beforeAll(async () => {
  const ignore = () => undefined;
  places.closed = `127.0.0.1:${await freePort()}`;
  places.silent = await listen(createServer((socket) => silent.push(socket.on('error', ignore))));
  places.website = await listen(
    createServer((socket) =>
      socket.on('error', ignore).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ),
  );
  places.postgres = await startPostgres('host all guest all scram-sha-256', async () => undefined);
  places.securePostgres = await startPostgres('hostnossl all all all reject', (server) => server.offerTls());
});

afterAll(async () => {
  silent.forEach((socket) => socket.destroy());
  servers.forEach((server) => server.close());
  await Promise.all(brokers.map((broker) => broker.stop()));
});

describe.each(CASES)('$backend: $case', ({ message, when, connect }) => {
  it(`is named ${when}`, async () => {
    const { proc, end } = connect();
    const app = await startApp(
      { providers: [{ provide: 'proc', useValue: proc }] },
      { timeout: when === 'at once' ? NEVER : TIMEOUT },
    );
    expect(await poll(app)).toEqual(failed(message));
    await app.close();
    void end();
  });
});
