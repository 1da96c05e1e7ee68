/** RabbitMQ as the contract of jobs needs it: one real server, and ways to it that can be cut. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { connect as connectForGood, type AmqpConnectionManager } from 'amqp-connection-manager';
import { connect, type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { RabbitMQProc, type RabbitMQConnection, type RabbitMQManagement } from '../../lib/rabbitmq/index.js';
import { type RabbitMQServer } from '../../tools/rabbitmq-server.js';
import {
  UNABLE,
  type Ability,
  type Broker,
  type Expected,
  type JobOptions,
  type JobsDriver,
  type Link,
  type TakenJob,
  type TestJob,
  type TestQueue,
} from '../contract/jobs/driver.js';
import { stoppedClock, type Clock } from '../support/clock.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A queue, and how its messages are counted. */
export interface RabbitQueue {
  readonly connection: RabbitMQConnection;
  readonly management: RabbitMQManagement | undefined;
  readonly name: string;
}

class ProcOfQueues extends RabbitMQProc {
  constructor(...queues: RabbitQueue[]) {
    const [first] = queues;
    const names = queues.map(({ name }) => name);
    if (!first) {
      throw new Error('the tests hand over at least one queue');
    }
    if (first.management) {
      super(first.connection, first.management, ...names);
    } else {
      super(first.connection, ...names);
    }
  }
}

/** The management API, as the tests ask it. */
export class Management {
  constructor(private readonly url: string) {}

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const { origin, username, password } = new URL(this.url);
    const response = await fetch(`${origin}/api/${path}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  }
}

/** The ways to the one server that there is. */
export class RabbitWays implements Broker {
  constructor(
    readonly amqp: TcpProxy,
    readonly management: TcpProxy,
  ) {}

  async start(): Promise<void> {
    await Promise.all([this.amqp.start(), this.management.start()]);
  }

  async kill(): Promise<void> {
    await Promise.all([this.amqp.kill(), this.management.kill()]);
  }

  freeze(): void {
    this.amqp.freeze();
    this.management.freeze();
  }

  thaw(): void {
    this.amqp.thaw();
    this.management.thaw();
  }

  async stop(): Promise<void> {
    await this.kill();
  }
}

/** The connection of the tests themselves. */
export class Hands {
  private constructor(
    readonly server: RabbitMQServer,
    readonly connection: ChannelModel,
    readonly channel: ConfirmChannel,
    readonly management: Management,
  ) {}

  static async of(server: RabbitMQServer): Promise<Hands> {
    const connection = await connect(server.url);
    // The last of the tests kill the server.
    connection.on('error', () => undefined);
    return new Hands(server, connection, await connection.createConfirmChannel(), new Management(server.managementUrl));
  }

  async declare(name: string, options: Record<string, unknown> = { 'x-max-priority': 10 }): Promise<void> {
    await this.channel.assertQueue(name, { durable: true, arguments: options });
  }

  async send(name: string, count = 1, options: { readonly priority?: number; readonly expiration?: number } = {}) {
    for (let sent = 0; sent < count; sent++) {
      this.channel.sendToQueue(name, Buffer.from('job'), { persistent: true, ...options });
    }
    await this.channel.waitForConfirms();
  }
}

class RabbitTestQueue implements TestQueue<RabbitQueue> {
  readonly repeat = UNABLE.repeat;
  readonly pause = UNABLE.pause;
  readonly resume = UNABLE.resume;
  readonly moveDueJobs = UNABLE.moveDueJobs;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;
  readonly retryAll = UNABLE.retryAll;
  readonly jobs = UNABLE.jobs;
  readonly #held = new Set<GetMessage>();

  constructor(
    readonly queue: RabbitQueue,
    private readonly hands: Hands,
  ) {}

  get name(): string {
    return this.queue.name;
  }

  async add({ priority = 0 }: JobOptions = {}): Promise<TestJob> {
    await this.hands.declare(this.name);
    await this.hands.send(this.name, 1, { priority });
    return UNABLE;
  }

  async addMany(count: number): Promise<void> {
    await this.hands.declare(this.name);
    await this.hands.send(this.name, count);
  }

  async take(): Promise<TakenJob | undefined> {
    const { channel } = this.hands;
    const message = await channel.get(this.name);
    if (!message) {
      return undefined;
    }
    this.#held.add(message);
    const end = async (settle: () => void): Promise<void> => {
      settle();
      this.#held.delete(message);
      // Behind it on the same channel: once this is answered, the server knows.
      await channel.checkQueue(this.name);
    };
    return {
      complete: () => end(() => channel.ack(message)),
      fail: () => end(() => channel.nack(message, false, false)),
      stall: UNABLE.pause,
    };
  }

  /** The way that the proc does not ask: the ready ones over AMQP for the management API, and the other way round. */
  async expected(): Promise<Expected> {
    const ready = this.queue.management
      ? (await this.hands.channel.checkQueue(this.name)).messageCount
      : await this.#managedCount();
    return { size: ready + this.#held.size, sizeWithoutActive: ready, latency: NaN };
  }

  async #managedCount(): Promise<number> {
    const counts = await this.hands.management.call(
      'GET',
      `queues/%2F?disable_stats=true&enable_queue_totals=true&columns=name,messages_ready`,
    );
    const mine = (counts as { name: string; messages_ready: number }[]).find(({ name }) => name === this.name);
    return mine?.messages_ready ?? NaN;
  }

  async empty(): Promise<void> {
    this.#held.forEach((message) => this.hands.channel.ack(message));
    this.#held.clear();
    await this.hands.declare(this.name);
    await this.hands.channel.purgeQueue(this.name);
  }

  async release(): Promise<void> {
    // Nothing was opened.
  }
}

export class RabbitMQDriver implements JobsDriver<RabbitQueue, RabbitWays> {
  readonly library: string;
  readonly proc = ProcOfQueues;
  readonly abilities: readonly Ability[];
  readonly worker = ['test/rabbitmq/rabbitmq-worker.ts'];
  readonly down: RegExp;
  readonly sequences = 30;

  /** @param by - what the numbers are had from */
  constructor(
    private readonly hands: Hands,
    private readonly by: 'AMQP' | 'management API',
  ) {
    this.library = `RabbitMQ by its ${by}`;
    this.abilities = [
      ...(['priority', 'durable', 'starts without broker', 'stopped clock'] as const),
      ...(by === 'AMQP' ? [] : (['active'] as const)),
    ];
    this.down =
      by === 'AMQP'
        ? /^the connection to RabbitMQ is down(?:: nothing listens at its host and port \(ECONNREFUSED\))?$/
        : /^RabbitMQ's management API can't be reached: (?:nothing listens at its host and port \(ECONNREFUSED\)|it closes the connection: .*\(ECONNRESET\))$/;
  }

  readonly growth = (): number => 1;

  clock(): Clock {
    return stoppedClock();
  }

  open(): RabbitTestQueue {
    const { connection, server } = this.hands;
    const name = `test-${randomUUID()}`;
    // Declared by what is done first.
    return new RabbitTestQueue({ connection, management: this.#managementAt(server.managementUrl), name }, this.hands);
  }

  async close(): Promise<void> {
    // The server ends with the file, and the managers with their apps.
  }

  async reserveBroker(): Promise<RabbitWays> {
    const { port, managementUrl } = this.hands.server;
    return new RabbitWays(await TcpProxy.reserve(port), await TcpProxy.reserve(Number(new URL(managementUrl).port)));
  }

  app({ amqp, management }: RabbitWays, ...names: string[]): ModuleMetadata {
    const manager = connectForGood([`amqp://guest:guest@127.0.0.1:${amqp.port}`], { reconnectTimeInSeconds: 0.05 });
    return {
      providers: [
        { provide: 'connection', useValue: Object.assign(manager, { onModuleDestroy: () => manager.close() }) },
        ...names.map((name) => ({
          provide: name,
          useFactory: async (): Promise<RabbitQueue> => {
            const own = `${name}-${randomUUID()}`;
            await this.hands.declare(own);
            return {
              connection: manager,
              management: this.#managementAt(`http://guest:guest@127.0.0.1:${management.port}`),
              name: own,
            };
          },
        })),
      ],
    };
  }

  token(name: string): string {
    return name;
  }

  of(queue: RabbitQueue): RabbitTestQueue {
    return new RabbitTestQueue(queue, this.hands);
  }

  linkOf(app: INestApplication): Link {
    const manager = app.get<AmqpConnectionManager>('connection');
    return {
      // Or it was just about to connect.
      untilLost: () => Promise.race([once(manager, 'disconnect'), once(manager, 'connectFailed')]),
      untilReady: async () => {
        if (!manager.isConnected()) {
          await once(manager, 'connect');
        }
        const channel = await manager.connection?.createChannel();
        await channel?.close();
      },
      get pending() {
        return questionsOf(manager.connection);
      },
      // One for each queue, on a channel each.
      perPoll: 2,
    };
  }

  #managementAt(url: string): RabbitMQManagement | undefined {
    return this.by === 'AMQP' ? undefined : { management: url };
  }
}

/** How many questions wait for their answer, or to be sent, on the channels of a connection of amqplib. */
export function questionsOf(connection: ChannelModel | undefined): number {
  const channels: unknown = Reflect.get(Object(connection?.connection), 'channels');
  if (connection === undefined) {
    return 0;
  }
  if (!Array.isArray(channels)) {
    throw new Error('amqplib has no list of channels any more');
  }
  return channels.slice(1).reduce<number>((sum, entry: unknown) => {
    const { reply, pending } = Object(Reflect.get(Object(entry), 'channel')) as {
      readonly reply?: unknown;
      readonly pending?: readonly unknown[];
    };
    return sum + (reply ? 1 : 0) + (pending?.length ?? 0);
  }, 0);
}
