/** A real app over two queues of a backend, on a Redis of its own that can be killed, frozen and started again. */
import { afterEach, beforeEach } from '@jest/globals';
import { Inject, type INestApplication } from '@nestjs/common';
import { HireFireProc, type HireFireModuleOptions } from '../../lib/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { startApp } from '../support/apps.js';
import type { RedisAccess } from '../support/redis.js';
import type { BackendDriver, TestQueue } from './driver.js';

/** Longer than any test runs: what fails with it fails at once. */
export const NEVER = 3_600_000;

export const ONE_JOB = { status: 200, body: [{ name: 'worker', quantity: 1, value: 1 }] };

export function failed(message: unknown): object {
  return { status: 503, body: { errors: [{ name: 'worker', message }] } };
}

/** What a test has of its app; set anew for each. */
export class TestApp<Q> {
  server!: RedisServer;
  app!: INestApplication;
  mail!: TestQueue<Q>;
  images!: TestQueue<Q>;

  constructor(private readonly driver: BackendDriver<Q>) {
    beforeEach(async () => {
      this.server = await RedisServer.reserve();
    });
    afterEach(async () => {
      this.server.thaw();
      await Promise.all([this.mail.release(), this.images.release()]);
      await this.app.close();
      await this.server.stop();
    });
  }

  /** Both queues are the process `worker`; with `latency`, the first is also another process, whose metric it is. */
  async start(
    options: HireFireModuleOptions,
    { redis = {}, latency = false }: { readonly redis?: Partial<RedisAccess>; readonly latency?: boolean } = {},
  ): Promise<void> {
    const { driver } = this;
    const Proc = driver.proc;

    @HireFireProc('worker')
    class WorkerProc extends Proc {
      constructor(@Inject(driver.token('mail')) mail: Q, @Inject(driver.token('images')) images: Q) {
        super(mail, images);
      }
    }

    @HireFireProc('aged', { metric: 'latency' })
    class AgedProc extends Proc {
      constructor(@Inject(driver.token('mail')) mail: Q) {
        super(mail);
      }
    }

    this.app = await startApp(
      {
        imports: driver.module({ host: '127.0.0.1', port: this.server.port, ...redis }, 'mail', 'images'),
        providers: latency ? [WorkerProc, AgedProc] : [WorkerProc],
      },
      options,
    );
    this.mail = driver.of(this.app.get<Q>(driver.token('mail')));
    this.images = driver.of(this.app.get<Q>(driver.token('images')));
  }

  /** Commands that the clients of both queues keep, sent or not yet sent. */
  get kept(): number {
    return this.sent + this.#length('offlineQueue');
  }

  get sent(): number {
    return this.#length('commandQueue');
  }

  /** Not `once()` of node:events, which rejects where an error comes before the event, as it does when Redis goes away. */
  async event(name: 'ready' | 'close' | 'error'): Promise<void> {
    await Promise.all(
      this.#clients.map((client) => new Promise<void>((resolve) => client.once(name, () => resolve()))),
    );
  }

  async untilReady(): Promise<void> {
    await Promise.all(
      this.#clients
        .filter(({ status }) => status !== 'ready')
        .map((client) => new Promise<void>((resolve) => client.once('ready', () => resolve()))),
    );
  }

  /** Resolves once whatever was sent before has been answered. */
  async untilAnswered(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.ping()));
  }

  /** Resolves once a command is on its way. */
  async untilSent(): Promise<void> {
    while (this.sent === 0) {
      await new Promise(setImmediate);
    }
  }

  get #clients() {
    return [this.mail.client, this.images.client];
  }

  #length(list: 'commandQueue' | 'offlineQueue'): number {
    return this.#clients.reduce((sum, client) => {
      const length: unknown = Reflect.get(Object(Reflect.get(client, list)), 'length');
      if (typeof length !== 'number') {
        throw new Error(`ioredis has no ${list} any more`);
      }
      return sum + length;
    }, 0);
  }
}
