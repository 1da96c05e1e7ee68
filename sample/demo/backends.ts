/** The values of `--backend`: a sample app, and the servers that it needs. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { interpreterWith } from '../../tools/interpreters.js';
import { PostgresServer } from '../../tools/postgres-server.js';
import { RabbitMQServer } from '../../tools/rabbitmq-server.js';
import { RedisServer } from '../../tools/redis-server.js';
import { checkRedis, removeKeys } from './redis.js';

/** A server of the run, or a given one, of which the run uses only its part. */
export interface Service {
  readonly what: string;
  /** How the sample's processes find it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface Backend {
  readonly sample: string;
  /** Its process types that do jobs. */
  readonly workers: readonly string[];
  /** Its procs protect dynos, so its managers can be decrementable. */
  readonly isProtected?: boolean;
  /** Its queues remember their jobs, so there is a trace to plan with. */
  readonly hasTrace?: boolean;
  readonly services: readonly (() => Promise<Service>)[];
}

export const BACKENDS: Readonly<Record<string, Backend>> = {
  bull: { sample: 'sample/bull', workers: ['compress', 'digest'], services: [redis] },
  bullmq: {
    ...{ sample: 'sample/bullmq', workers: ['compress', 'digest'], services: [redis] },
    ...{ isProtected: true, hasTrace: true },
  },
  rq: { sample: 'sample/rq', workers: ['worker'], services: [redisForRq] },
  rabbitmq: { sample: 'sample/rabbitmq', workers: ['compress', 'digest'], services: [rabbitmq] },
  'pg-boss': { sample: 'sample/pg-boss', workers: ['compress', 'digest'], services: [postgres] },
};

async function redis(): Promise<Service> {
  const prefix = `demo-${randomBytes(8).toString('hex')}`;
  const given = process.env.REDIS_URL;
  if (given) {
    await checkRedis(given);
    const env = { REDIS_URL: given, QUEUE_PREFIX: prefix };
    return { what: 'Redis: the one of REDIS_URL', env, stop: () => removeKeys(given, prefix) };
  }
  return ownRedis({ QUEUE_PREFIX: prefix });
}

/** RQ's keys have no prefix: in a given Redis, they could be those of other jobs. */
async function redisForRq(): Promise<Service> {
  if (interpreterWith('python3-rq') === undefined) {
    throw new Error('No RQ was found. Install it with "pip install rq", or with "sudo apt-get install python3-rq".');
  }
  return ownRedis();
}

async function rabbitmq(): Promise<Service> {
  const server = await RabbitMQServer.reserveApart();
  await server.start();
  return {
    what: `RabbitMQ: started for this run on port ${server.port}`,
    env: { CLOUDAMQP_URL: server.url, RABBITMQ_MANAGEMENT_URL: server.managementUrl },
    stop: () => server.stop(),
  };
}

async function ownRedis(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  // A title would hide its environment, by which the guard finds it after the demo was killed.
  const server = await RedisServer.reserveApart('--set-proc-title', 'no');
  await server.start();
  return {
    what: `Redis: started for this run on port ${server.port}`,
    env: { REDIS_URL: server.url, ...env },
    stop: () => server.stop(),
  };
}

async function postgres(): Promise<Service> {
  const schema = `demo_${randomBytes(8).toString('hex')}`;
  const given = process.env.DATABASE_URL;
  if (given) {
    const env = { DATABASE_URL: given, QUEUE_SCHEMA: schema };
    return { what: 'PostgreSQL: the one of DATABASE_URL', env, stop: () => dropSchema(given, schema) };
  }
  const server = await PostgresServer.reserve({}, true);
  await server.start();
  return {
    what: `PostgreSQL: started for this run on port ${server.port}`,
    env: { DATABASE_URL: server.url, QUEUE_SCHEMA: schema },
    stop: () => server.stop(),
  };
}

async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`drop schema if exists ${schema} cascade`);
  await client.end();
}
