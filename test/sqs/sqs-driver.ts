/** SQS as the contract of jobs needs it: an emulator in this process, asked over real HTTP. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { SqsProc } from '../../lib/sqs/index.js';
import {
  UNABLE,
  type Ability,
  type Expected,
  type JobsDriver,
  type Link,
  type TakenJob,
  type TestJob,
  type TestQueue,
} from '../contract/jobs/driver.js';
import { stoppedClock, type Clock } from '../support/clock.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A queue, and the client that asks for it. */
export interface SqsQueue {
  readonly client: SQSClient;
  readonly url: string;
}

export function sqsClient(port: number, config: SQSClientConfig = {}): SQSClient {
  const client = new SQSClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...config,
  });
  // In Jest, Node's errors are of another realm, and the SDK would wrap them without their code.
  client.middlewareStack.add(
    (next) => (request) =>
      next(request).catch((error: unknown) => {
        throw error instanceof Error
          ? error
          : Object.assign(new Error(String(Reflect.get(Object(error), 'message'))), error);
      }),
    { step: 'deserialize', priority: 'low' },
  );
  return client;
}

export class ProcOfQueues extends SqsProc {
  constructor(...queues: SqsQueue[]) {
    super(queues[0]?.client ?? sqsClient(0), ...queues.map(({ url }) => url));
  }
}

class SqsTestQueue implements TestQueue<SqsQueue> {
  readonly repeat = UNABLE.repeat;
  readonly pause = UNABLE.pause;
  readonly resume = UNABLE.resume;
  readonly moveDueJobs = UNABLE.moveDueJobs;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;
  readonly retryAll = UNABLE.retryAll;
  readonly jobs = UNABLE.jobs;

  constructor(
    readonly queue: SqsQueue,
    private readonly server: FauxqsServer,
  ) {}

  get name(): string {
    return this.queue.url.slice(this.queue.url.lastIndexOf('/') + 1);
  }

  async add(): Promise<TestJob> {
    await this.queue.client.send(new SendMessageCommand({ QueueUrl: this.queue.url, MessageBody: 'job' }));
    return UNABLE;
  }

  /** SQS takes ten in one request. */
  async addMany(count: number): Promise<void> {
    for (let added = 0; added < count; added += 10) {
      const length = Math.min(10, count - added);
      const Entries = Array.from({ length }, (_, index) => ({ Id: `${index}`, MessageBody: 'job' }));
      await this.queue.client.send(new SendMessageBatchCommand({ QueueUrl: this.queue.url, Entries }));
    }
  }

  async take(): Promise<TakenJob | undefined> {
    const { client } = this.queue;
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: this.queue.url }));
    const [message] = Messages;
    if (!message) {
      return undefined;
    }
    const { ReceiptHandle } = message;
    const end = () => client.send(new DeleteMessageCommand({ QueueUrl: this.queue.url, ReceiptHandle }));
    return { complete: end, fail: end, stall: UNABLE.pause };
  }

  async expected(): Promise<Expected> {
    const { ready, inflight } = this.server.inspectQueue(this.name)?.messages ?? { ready: [], inflight: [] };
    return { size: ready.length + inflight.length, sizeWithoutActive: ready.length, latency: NaN };
  }

  async empty(): Promise<void> {
    this.server.deleteQueue(this.name);
    this.server.createQueue(this.name);
  }

  async release(): Promise<void> {
    // Nothing was opened.
  }
}

export class SqsDriver implements JobsDriver<SqsQueue, TcpProxy> {
  readonly library = 'SQS';
  readonly proc = ProcOfQueues;
  readonly abilities: readonly Ability[] = ['active', 'durable', 'starts without broker', 'stopped clock'];
  readonly worker = ['test/sqs/sqs-worker.ts'];
  readonly down =
    /^SQS can't be reached: (?:nothing listens at its host and port \(ECONNREFUSED\)|it closes the connection: .*\(ECONNRESET\))$/;
  readonly sequences = 30;
  readonly client: SQSClient;
  /** Of the clients of apps. */
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(readonly server: FauxqsServer) {
    this.client = sqsClient(server.port);
  }

  static async start(): Promise<SqsDriver> {
    return new SqsDriver(await startFauxqs({ port: 0, logger: false }));
  }

  readonly growth = (): number => 1;

  clock(): Clock {
    return stoppedClock();
  }

  open(options: { readonly attributes?: Record<string, string>; readonly name?: string } = {}): SqsTestQueue {
    const { name = `test-${randomUUID()}`, ...rest } = options;
    const { queueUrl: url } = this.server.createQueue(name, rest);
    return new SqsTestQueue({ client: this.client, url }, this.server);
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.server.stop();
  }

  /** The way to the one emulator that there is. */
  reserveBroker(): Promise<TcpProxy> {
    return TcpProxy.reserve(this.server.port);
  }

  app({ port }: TcpProxy, ...names: string[]): ModuleMetadata {
    // One attempt, because the next one comes after 100 ms only.
    const client = sqsClient(port, { maxAttempts: 1, requestHandler: { httpAgent: this.#agent } });
    return {
      providers: names.map((name) => {
        this.server.deleteQueue(name);
        const { queueUrl: url } = this.server.createQueue(name);
        return { provide: name, useValue: { client, url } };
      }),
    };
  }

  token(name: string): string {
    return name;
  }

  of(queue: SqsQueue): SqsTestQueue {
    return new SqsTestQueue(queue, this.server);
  }

  linkOf(_app: INestApplication, [first]: readonly SqsTestQueue[]): Link {
    let pending = 0;
    first?.queue.client.middlewareStack.add(
      (next) => async (request) => {
        pending += 1;
        try {
          return await next(request);
        } finally {
          pending -= 1;
        }
      },
      { step: 'initialize' },
    );
    return {
      untilLost: async () => {
        do {
          await new Promise(setImmediate);
        } while (Object.keys(this.#agent.freeSockets).length > 0);
      },
      untilReady: async () => undefined,
      get pending() {
        return pending;
      },
    };
  }
}
