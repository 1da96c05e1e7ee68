/** A real app over two queues of a backend, on its own broker, which can be killed, frozen and restarted. */
import { afterEach, beforeEach, jest } from '@jest/globals';
import { Inject, type INestApplication } from '@nestjs/common';
import { HireFireProc, type HireFireModuleOptions } from '../../../lib/index.js';
import { startApp } from '../../support/apps.js';
import { can, type Broker, type JobsDriver, type Link, type TestQueue } from './driver.js';

/** Longer than any test runs: what fails with it fails at once. */
export const NEVER = 3_600_000;

/** The answer to a poll while so many jobs wait. */
export function jobsLeft(count: number): object {
  return { status: 200, body: [{ name: 'worker', quantity: count, value: count }] };
}

export function failed(message: unknown): object {
  return { status: 503, body: { errors: [{ name: 'worker', message }] } };
}

/** Between two attempts, Bull's clients wait for e ** n ms, and all others for multiples of 50. */
const isPause = (ms: number): boolean => ms % 50 === 0 || ms === Math.exp(Math.round(Math.log(ms)));

type Patience = readonly { mockRestore(): void }[];

/**
 * From now on no time-out of a poll runs out, because a busy machine may need longer for a poll that succeeds. The option
 * `timeout` must not be a multiple of 50.
 */
export function endTimeouts(timeout: number): Patience {
  const later = setTimeout;
  return [
    jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((callback, ms = 0) =>
        later(callback, ms > timeout / 2 && ms <= timeout && !isPause(ms) ? NEVER : ms),
      ),
    jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal),
  ];
}

/** The broker, app and queues of one test; the next test gets new ones. */
export class TestApp<Q, B extends Broker> {
  broker!: B;
  app!: INestApplication;
  mail!: TestQueue<Q>;
  images!: TestQueue<Q>;
  link!: Link;
  #timeout = NEVER;
  #patience: Patience = [];

  constructor(private readonly driver: JobsDriver<Q, B>) {
    beforeEach(async () => {
      this.broker = await driver.reserveBroker();
    });
    afterEach(async () => {
      this.#patience.forEach((spy) => spy.mockRestore());
      this.#patience = [];
      this.broker.thaw();
      await Promise.all([this.mail.release(), this.images.release()]);
      await this.app.close();
      await this.broker.stop();
    });
  }

  /** Both queues are the process `worker`; with `latency`, the first is also another process, whose metric it is. */
  async start(
    options: HireFireModuleOptions,
    { metadata = this.driver.app(this.broker, 'mail', 'images'), latency = false } = {},
  ): Promise<void> {
    const { driver } = this;
    this.#timeout = options.timeout ?? NEVER;
    const Proc = driver.proc;

    @HireFireProc('worker', { skipActive: !can(driver, 'active') })
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

    const { providers = [], ...rest } = metadata;
    this.app = await startApp(
      { ...rest, providers: [...providers, WorkerProc, ...(latency ? [AgedProc] : [])] },
      options,
    );
    this.mail = driver.of(this.app.get<Q>(driver.token('mail')));
    this.images = driver.of(this.app.get<Q>(driver.token('images')));
    this.link = driver.linkOf(this.app, [this.mail, this.images]);
  }

  /** Resolves once so few requests are under way. */
  async pendsAtMost(count: number): Promise<void> {
    while (this.link.pending > count) {
      await new Promise(setImmediate);
    }
  }

  /** See {@link endTimeouts}. */
  endTimeouts(): void {
    this.#patience = endTimeouts(this.#timeout);
  }
}
