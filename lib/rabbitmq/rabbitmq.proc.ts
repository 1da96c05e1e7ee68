import { checked, httpUrl, refuse, refuseSilently } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { remembered } from '../hirefire.remembered.js';
import type { Backend, Question, QueueReading } from '../procs/backend.js';
import { Batch } from '../procs/batch.js';
import { current, type Late } from '../procs/late.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { checkedNames } from '../procs/queue-names.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { ConnectionWatch } from './connection-watch.js';
import { ManagementApi } from './management-api.js';
import { PrefetchWatch } from './prefetch-watch.js';
import { connectionIn, refusalOfConnection, type RabbitMQConnection } from './rabbitmq-connection.js';
import { ReadyCounts, type QueueCounts } from './ready-counts.js';

// Without its value, which contains a password.
const WHOLE_URL = 'must be a whole URL, such as https://user:password@rabbit.example.com:15671.';

/**
 * The address of RabbitMQ's management API, for a {@link RabbitMQProc} that counts unacknowledged messages too.
 *
 * @example
 * ```ts
 * super(connection, { management: config.getOrThrow('RABBITMQ_MANAGEMENT_URL'), vhost: 'jobs' }, 'mail', 'images');
 * ```
 *
 * @publicApi
 */
export interface RabbitMQManagement {
  /**
   * The URL of the management plugin, with a user who has the tag `management` and may see the vhost, such as
   * `https://user:password@rabbit.example.com:15671`. It appears in no log and no message.
   */
  readonly management: string;

  /**
   * The vhost of the queues.
   *
   * @default '/'
   */
  readonly vhost?: string | undefined;
}

/** Batches the queues that all procs ask for in one tick. */
const READY = new Batch<{ counts: ReadyCounts; queue: string }, QueueCounts>(
  ({ counts }) => counts,
  (group) => group[0].counts.read(group.map(({ queue }) => queue)),
);

const MANAGED = new Batch<{ api: ManagementApi; question: Question; queue: string }, QueueReading>(
  ({ api }) => api,
  (group) =>
    group[0].api.read(
      group.map(({ queue }) => queue),
      group[0].question,
    ),
);

/** The APIs that procs share, by URL and vhost. */
const APIS = new Map<string, ManagementApi>();

/**
 * A proc over queues of RabbitMQ, on the connection that the app has: of amqplib, of amqp-connection-manager, of
 * `@golevelup/nestjs-rabbitmq`, or of Nest's RMQ transport. All queues are asked side by side, over the proc's own channels, and
 * nothing is written.
 *
 * AMQP counts ready messages only, so `skipActive: true` must be set. With `{ management: url }` the management API is asked
 * instead, which counts unacknowledged messages too: those that consumers have prefetched are active, whether they are being
 * worked on or not.
 *
 * A message that waits elsewhere, in a delayed exchange or for its TTL in another queue, does not count until it is in the queue.
 * RabbitMQ does not know how long a message has waited, so there is no latency.
 *
 * @example
 * Below `@HireFireProc('worker', { skipActive: true })`:
 * ```ts
 * export class WorkerProc extends RabbitMQProc {
 *   constructor(connection: AmqpConnection) {
 *     super(connection, 'mail', 'images');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class RabbitMQProc extends QueueProc<string> {
  /**
   * @param connection - the app's own; for one that comes later or is replaced, a function that returns it
   * @param queues - the names of the queues that this process works on; before them, a {@link RabbitMQManagement}
   * @throws HireFireConfigError without a queue, for a connection that is none, and for a URL that is none
   */
  constructor(connection: Late<RabbitMQConnection>, ...queues: string[]);
  constructor(connection: Late<RabbitMQConnection>, management: RabbitMQManagement, ...queues: string[]);
  constructor(connection: Late<RabbitMQConnection>, ...given: readonly unknown[]) {
    const [first, ...others] = given;
    const management = typeof first === 'object' && !Array.isArray(first) ? (first ?? undefined) : undefined;
    const { name } = new.target;
    const names = checkedNames(name, management ? others : given, `connection, 'mail'`);
    if (typeof connection !== 'function') {
      // Now, to see that a connection is lost before the first poll.
      watchOf(connection, name);
    }
    super(...names);
    this[HOLD](management ? managed(management, name) : overAmqp(connection, name));
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}

function overAmqp(late: Late<RabbitMQConnection>, procName: string): Backend<string> {
  const watchNow = (): ConnectionWatch | undefined => {
    const connection = current(late);
    return connection && watchOf(connection, procName);
  };
  const prefetch = new Map<string, PrefetchWatch>();
  return {
    metrics: ['size'],
    seesActive: false,
    activeCure:
      'Hand { management: url } to super() behind the connection, so that unacknowledged messages are counted. ',
    describe: (queue) => ({ name: queue, server: watchNow()?.name }),
    whyWaiting: () => watchNow()?.whyWaiting,
    async read(queues) {
      const watch = watchNow();
      if (!watch) {
        throw new MeasureFailure(
          typeof late === 'function'
            ? 'the connection to RabbitMQ is not connected yet: the function that returns it returned none'
            : 'the client of RabbitMQ is not connected: call its connect() when the app starts',
        );
      }
      const counts = ReadyCounts.of(await watch.current(), watch);
      return Promise.all(
        queues.map(async (queue) => {
          const { ready, consumers } = await READY.ask({ counts, queue });
          const consuming = remembered(prefetch, queue, () => new PrefetchWatch(queue));
          return { ready, active: 0, unknown: consuming.warningAfter(ready, consumers) };
        }),
      );
    },
  };
}

function managed(management: object, name: string): Backend<string> {
  const { management: url, vhost } = checked(
    {
      management: (given) => httpUrl(given) ?? refuseSilently(WHOLE_URL),
      vhost: (given = '/') =>
        typeof given === 'string' && given !== '' ? given : refuse('the name of a vhost', given),
    },
    management,
    { owner: name },
  );
  const api = remembered(APIS, `${url.href} ${vhost}`, () => new ManagementApi(url, vhost));
  return {
    metrics: ['size'],
    describe: (queue) => ({ name: queue, server: `${url.host}, vhost ${vhost}` }),
    read: (queues, question) => Promise.all(queues.map((queue) => MANAGED.ask({ api, queue, question }))),
  };
}

/** @throws HireFireConfigError for a connection that is none */
function watchOf(connection: RabbitMQConnection, procName: string): ConnectionWatch | undefined {
  const refusal = refusalOfConnection(connection);
  if (refusal !== undefined) {
    throw new HireFireConfigError(`${procName} was given ${refusal}`);
  }
  const source = connectionIn(connection);
  return source && ConnectionWatch.of(source);
}
