import { checked, httpUrl, refuse, refuseSilently } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { BackendProc, type Backend, type Question } from '../procs/backend-proc.js';
import { Batch } from '../procs/batch.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { checkedNames } from '../procs/queue-names.js';
import type { QueueReading } from '../procs/queue-proc.js';
import { ConnectionWatch } from './connection-watch.js';
import { ManagementApi } from './management-api.js';
import { refusalOfConnection, sourceOf, type RabbitMQConnection } from './rabbitmq-connection.js';
import { ReadyCounts } from './ready-counts.js';

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
const READY = new Batch<{ counts: ReadyCounts; queue: string }, number>(
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

/** The APIs that an app's procs share, by the connection that they came with. */
const APIS = new WeakMap<object, Map<string, ManagementApi>>();

/**
 * A proc over queues of RabbitMQ, on the connection that the app has: of amqplib, of amqp-connection-manager, of
 * @golevelup/nestjs-rabbitmq, or of Nest's RMQ transport. All queues are asked side by side, over the proc's own channels, and
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
 * ```ts
 * @HireFireProc('worker', { skipActive: true })
 * export class WorkerProc extends RabbitMQProc {
 *   constructor(connection: AmqpConnection) {
 *     super(connection, 'mail', 'images');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class RabbitMQProc extends BackendProc<string> {
  /**
   * @param connection - the app's own
   * @param queues - the names of the queues that this process works on; before them, a {@link RabbitMQManagement}
   * @throws HireFireConfigError without a queue, for a connection that is none, and for a URL that is none
   */
  constructor(connection: RabbitMQConnection, ...queues: string[]);
  constructor(connection: RabbitMQConnection, management: RabbitMQManagement, ...queues: string[]);
  constructor(connection: RabbitMQConnection, ...given: readonly unknown[]) {
    const [first, ...others] = given;
    const management = typeof first === 'object' && first !== null ? first : undefined;
    const { name } = new.target;
    const names = checkedNames(name, management ? others : given, `connection, 'mail'`);
    const refusal = refusalOfConnection(connection);
    if (refusal !== undefined) {
      throw new HireFireConfigError(`${name} was given ${refusal}`);
    }
    // Now, to see that a connection is lost before the first poll.
    watchOf(connection);
    super(management ? managed(management, connection, name) : overAmqp(connection), names);
  }
}

function overAmqp(given: RabbitMQConnection): Backend<string> {
  return {
    metrics: ['size'],
    seesActive: false,
    activeCure:
      'Hand { management: url } to super() behind the connection, so that unacknowledged messages are counted. ',
    describe: (queue) => ({ name: queue, server: watchOf(given)?.name }),
    get whyWaiting() {
      return watchOf(given)?.whyWaiting;
    },
    async read(queues) {
      const watch = watchOf(given);
      if (!watch) {
        throw new MeasureFailure('the client of RabbitMQ is not connected: call its connect() when the app starts');
      }
      const counts = ReadyCounts.of(await watch.current(), watch);
      return Promise.all(queues.map(async (queue) => ({ ready: await READY.ask({ counts, queue }), active: 0 })));
    },
  };
}

function managed(management: object, connection: object, name: string): Backend<string> {
  const { management: url, vhost } = checked(
    {
      management: (given) => httpUrl(given) ?? refuseSilently(WHOLE_URL),
      vhost: (given = '/') =>
        typeof given === 'string' && given !== '' ? given : refuse('the name of a vhost', given),
    },
    management,
    { owner: name },
  );
  const apis = APIS.get(connection) ?? new Map<string, ManagementApi>();
  APIS.set(connection, apis);
  const key = `${url.href} ${vhost}`;
  const api = apis.get(key) ?? new ManagementApi(url, vhost);
  apis.set(key, api);
  return {
    metrics: ['size'],
    describe: (queue) => ({ name: queue, server: `${url.host}, vhost ${vhost}` }),
    read: (queues, question) => Promise.all(queues.map((queue) => MANAGED.ask({ api, queue, question }))),
  };
}

function watchOf(connection: RabbitMQConnection): ConnectionWatch | undefined {
  const source = sourceOf(connection);
  return source && ConnectionWatch.of(source);
}
