/** Size and latency, case by case. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { HireFireProc } from '../../lib/index.js';
import { stoppedClock } from '../support/clock.js';
import type { BackendDriver, ProcClass, TakenJob, TestQueue } from './driver.js';

export interface Case<T> {
  readonly name: string;
  readonly size: number;
  readonly sizeWithoutActive?: number;
  readonly latency: number;
  readonly given: (queue: T, pass: (ms: number) => void) => Promise<unknown>;
}

const DAY = 86_400_000;

/** The next job of a queue, which has one. */
export async function take(queue: Pick<TestQueue<unknown>, 'take'>): Promise<TakenJob> {
  const job = await queue.take();
  if (job === undefined) {
    throw new Error('the queue has no job to take');
  }
  return job;
}

/** The process `worker` of a backend, and the same without active jobs. */
export function procsOf<Q>({ proc: Proc }: BackendDriver<Q>): Record<'Worker' | 'Lean', ProcClass<Q>> {
  @HireFireProc('worker')
  class WorkerProc extends Proc {}

  @HireFireProc('lean', { skipActive: true })
  class LeanProc extends Proc {}

  return { Worker: WorkerProc, Lean: LeanProc };
}

/** Runs cases, each on an empty queue and with the clock stopped. */
export function runCases<Q, T extends TestQueue<Q>>(
  driver: BackendDriver<Q>,
  cases: readonly Case<T>[],
  open: () => T,
): void {
  const clock = stoppedClock();
  const { Worker, Lean } = procsOf(driver);
  let tested: T;

  beforeAll(() => {
    tested = open();
  });

  it.each(cases)('$name', async ({ given, size, sizeWithoutActive = size, latency }) => {
    await tested.empty();
    await given(tested, clock.pass);

    const worker = new Worker(tested.queue);
    expect(await worker.quantity()).toBe(size);
    expect(await worker.latency()).toBe(latency);
    expect(await new Lean(tested.queue).quantity()).toBe(sizeWithoutActive);
  });
}

export function sizeAndLatency<Q>(driver: BackendDriver<Q>): void {
  describe.each([
    { where: 'with the default prefix', place: {} },
    { where: 'with a custom prefix', place: { prefix: 'my:app' } },
    { where: 'with a Cluster hash tag', place: { prefix: '{queues}' } },
  ])('size and latency $where', ({ place }) => {
    runCases(driver, casesOf(driver), () => driver.open(place));
  });

  describe('several queues', () => {
    const clock = stoppedClock();
    const { Worker } = procsOf(driver);

    it('add up to one size, and the oldest job of all is the latency', async () => {
      const [mail, images, reports] = [driver.open(), driver.open(), driver.open({ prefix: 'other' })];
      await reports.add();
      clock.pass(250);
      await mail.add();
      await mail.add();
      await images.add({ delay: 100 });
      clock.pass(500);

      const proc = new Worker(mail.queue, images.queue, reports.queue);
      expect(await proc.quantity()).toBe(4);
      expect(await proc.latency()).toBe(0.75);
    });

    it('by the hundred, each with its own number', async () => {
      const queues = Array.from({ length: 100 }, () => driver.open());
      await Promise.all(queues.map((queue, index) => queue.addMany(index % 7)));
      clock.pass(100);

      const procs = queues.map(({ queue }) => new Worker(queue));
      expect(await Promise.all(procs.map((proc) => proc.quantity()))).toEqual(queues.map((_, index) => index % 7));
      expect(await Promise.all(procs.map((proc) => proc.latency()))).toEqual(
        queues.map((_, index) => (index % 7 === 0 ? 0 : 0.1)),
      );
      expect(await new Worker(...queues.map(({ queue }) => queue)).quantity()).toBe(295);
    });
  });
}

function casesOf<Q>({ growth }: BackendDriver<Q>): Case<TestQueue<Q>>[] {
  return [
    { name: 'an empty queue', size: 0, latency: 0, given: async () => undefined },
    {
      name: 'two plain jobs',
      size: 2,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add();
        pass(200);
        await queue.add();
        pass(100);
      },
    },
    {
      name: 'two LIFO jobs: the older one waits longer, though it runs last',
      size: 2,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add({ lifo: true });
        pass(200);
        await queue.add({ lifo: true });
        pass(100);
      },
    },
    {
      name: 'a LIFO job in front of older plain ones',
      size: 3,
      latency: 0.5,
      given: async (queue, pass) => {
        await queue.add();
        pass(200);
        await queue.add();
        await queue.add({ lifo: true });
        pass(300);
      },
    },
    {
      name: 'the oldest has priority 10, the next two priority 1',
      size: 3,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add({ priority: 10 });
        pass(100);
        await queue.add({ priority: 1 });
        await queue.add({ priority: 1 });
        pass(200);
      },
    },
    {
      name: 'the oldest has priority 1, the next ones priority 10 and none',
      size: 3,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add({ priority: 1 });
        pass(300);
        await queue.add({ priority: 10 });
        await queue.add();
      },
    },
    {
      name: 'the oldest is a plain job behind prioritized ones',
      size: 4,
      latency: 0.7,
      given: async (queue, pass) => {
        await queue.add();
        pass(300);
        await queue.add();
        await queue.add({ priority: 5 });
        await queue.add({ priority: 1 });
        pass(400);
      },
    },
    {
      name: 'a job just added: its latency is 1 ms, because 0 means that nothing waits',
      size: 1,
      latency: 0.001,
      given: (queue) => queue.add(),
    },
    {
      name: 'a job from a producer whose clock is ahead',
      size: 1,
      latency: 0.001,
      given: async (queue, pass) => {
        pass(5 * 60_000);
        await queue.add();
        pass(-5 * 60_000);
      },
    },
    {
      name: 'one due 0.3 s ago that no worker moved, one in the future',
      size: 1,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add({ delay: 1000 });
        await queue.add({ delay: DAY });
        pass(1300);
      },
    },
    {
      name: 'a job that is due in this very millisecond',
      size: 1,
      latency: 0.001,
      given: async (queue, pass) => {
        await queue.add({ delay: 1000 });
        pass(1000);
      },
    },
    {
      name: 'a job that is due in a millisecond',
      size: 0,
      latency: 0,
      given: async (queue, pass) => {
        await queue.add({ delay: 1000 });
        pass(999);
      },
    },
    {
      name: 'one due 0.3 s ago that a worker moved',
      size: 1,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add({ delay: 1000 });
        pass(1300);
        await queue.moveDueJobs();
      },
    },
    {
      name: 'a delayed prioritized job, due and not moved, then moved',
      size: 2,
      latency: 0.5,
      given: async (queue, pass) => {
        await queue.add({ delay: 1000, priority: 3 });
        pass(1100);
        await queue.moveDueJobs();
        await queue.add({ delay: 100, priority: 1 });
        pass(400);
      },
    },
    {
      name: 'promoted before its time: ready, but nobody knows since when',
      size: 1,
      latency: 0.001,
      given: async (queue, pass) => {
        const job = await queue.add({ delay: DAY });
        pass(500);
        await job.promote();
        pass(300);
      },
    },
    {
      name: 'promoted before its time, behind a job that waits',
      size: 2,
      latency: 0.4,
      given: async (queue, pass) => {
        const job = await queue.add({ delay: DAY });
        pass(500);
        await queue.add();
        await job.promote();
        pass(400);
      },
    },
    {
      name: 'retried at once 0.3 s ago, created 0.8 s ago',
      size: 1,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3 });
        pass(500);
        await (await take(queue)).fail();
        pass(300);
      },
    },
    {
      name: 'back-off due 0.45 s ago that no worker moved',
      size: 1,
      latency: 0.45,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: 250 });
        pass(100);
        await (await take(queue)).fail();
        pass(700);
      },
    },
    {
      name: 'back-off due 0.45 s ago that a worker moved',
      size: 1,
      latency: 0.45,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: 250 });
        pass(100);
        await (await take(queue)).fail();
        pass(700);
        await queue.moveDueJobs();
      },
    },
    {
      name: 'exponential back-off, second failure: due 0.2 s ago and moved',
      size: 1,
      latency: 0.2,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: { type: 'exponential', delay: 1000 } });
        await (await take(queue)).fail();
        pass(growth(1) * 1000 + 1);
        await queue.moveDueJobs();
        await (await take(queue)).fail();
        pass(growth(2) * 1000 + 200);
        await queue.moveDueJobs();
      },
    },
    {
      name: 'a back-off that is not over',
      size: 0,
      latency: 0,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: 5000 });
        await (await take(queue)).fail();
        pass(4999);
      },
    },
    {
      name: 'failed for good',
      size: 0,
      latency: 0,
      given: async (queue) => {
        await queue.add();
        await (await take(queue)).fail();
      },
    },
    {
      name: 'completed',
      size: 0,
      latency: 0,
      given: async (queue) => {
        await queue.add();
        await (await take(queue)).complete();
      },
    },
    {
      name: 'active',
      size: 1,
      sizeWithoutActive: 0,
      latency: 0,
      given: async (queue, pass) => {
        await queue.add();
        await take(queue);
        pass(500);
      },
    },
    {
      name: 'active, with one waiting behind it',
      size: 2,
      sizeWithoutActive: 1,
      latency: 0.5,
      given: async (queue, pass) => {
        await queue.add();
        pass(100);
        await queue.add();
        await take(queue);
        pass(500);
      },
    },
    {
      name: 'stalled: its worker died and nobody noticed yet',
      size: 1,
      sizeWithoutActive: 0,
      latency: 0,
      given: async (queue, pass) => {
        await queue.add();
        await (await take(queue)).stall();
        pass(60_000);
      },
    },
    {
      name: 'stalled and given back: ready since a worker had it',
      size: 1,
      latency: 0.6,
      given: async (queue, pass) => {
        await queue.add();
        pass(100);
        await (await take(queue)).stall();
        pass(600);
        await queue.moveStalledJobs();
      },
    },
    {
      name: 'paused with 2 waiting',
      size: 0,
      latency: 0,
      given: async (queue, pass) => {
        await queue.add();
        await queue.add();
        pass(300);
        await queue.pause();
      },
    },
    {
      name: 'paused with 1 active, 1 waiting, 1 due, 1 added since',
      size: 1,
      sizeWithoutActive: 0,
      latency: 0,
      given: async (queue, pass) => {
        await queue.add();
        await queue.add();
        await queue.add({ delay: 100 });
        await take(queue);
        await queue.pause();
        await queue.add();
        pass(300);
      },
    },
    {
      name: 'paused and resumed',
      size: 2,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add();
        await queue.pause();
        await queue.add();
        pass(300);
        await queue.resume();
      },
    },
    {
      name: 'a repeatable job whose next run is in the future',
      size: 0,
      latency: 0,
      given: (queue) => queue.repeat(3_600_000),
    },
    {
      name: 'a repeatable job whose next run is 0.4 s overdue',
      size: 1,
      latency: 0.4,
      given: async (queue, pass) => {
        pass((await queue.repeat(60_000)) - Date.now() + 400);
      },
    },
    {
      name: 'removed jobs',
      size: 1,
      latency: 0.1,
      given: async (queue, pass) => {
        const old = await queue.add();
        const delayed = await queue.add({ delay: 50 });
        pass(200);
        await queue.add();
        await old.remove();
        await delayed.remove();
        pass(100);
      },
    },
    {
      name: 'a waiting id whose job is gone',
      size: 2,
      latency: 0.2,
      given: async (queue, pass) => {
        const gone = await queue.add();
        pass(300);
        await queue.add();
        await gone.vanish();
        pass(200);
      },
    },
    {
      name: 'a backlog of 250 plain jobs with 3 priorities among them',
      size: 253,
      latency: 9,
      given: async (queue, pass) => {
        await queue.add({ priority: 7 });
        pass(1000);
        await queue.addMany(125);
        pass(1000);
        await queue.addMany(125);
        await queue.add({ priority: 1 });
        await queue.add({ priority: 9 });
        pass(7000);
      },
    },
    {
      name: 'a backlog of 150 prioritized jobs, and a stalled one given back in front of them',
      size: 151,
      latency: 1.5,
      given: async (queue, pass) => {
        await queue.add({ priority: 1 });
        await (await take(queue)).stall();
        pass(500);
        await queue.addMany(150, { priority: 5 });
        pass(1000);
        await queue.moveStalledJobs();
      },
    },
    {
      name: 'failed for good, then retried in bulk: ready, but nobody knows since when',
      size: 1,
      latency: 0.001,
      given: async (queue, pass) => {
        await queue.add({ attempts: 2 });
        await (await take(queue)).fail();
        await (await take(queue)).fail();
        pass(500);
        await queue.retryAll();
        pass(200);
      },
    },
    {
      name: 'a backlog of 150 plain jobs, and a stalled one given back in front of them',
      size: 151,
      latency: 3.5,
      given: async (queue, pass) => {
        await queue.addMany(151);
        pass(3000);
        await (await take(queue)).stall();
        pass(500);
        await queue.moveStalledJobs();
      },
    },
    {
      name: 'a backlog of 150 plain jobs behind 5 prioritized ones, and a stalled one given back in front of them',
      size: 156,
      latency: 3.5,
      given: async (queue, pass) => {
        await queue.addMany(150);
        pass(3000);
        await queue.addMany(6, { priority: 3 });
        await (await take(queue)).stall();
        pass(500);
        await queue.moveStalledJobs();
      },
    },
    {
      name: 'a backlog of 200 plain jobs that 10 overdue delayed ones were moved behind',
      size: 210,
      latency: 6.3,
      given: async (queue, pass) => {
        await queue.addMany(10, (index) => ({ delay: 100 * (index + 1) }));
        pass(4400);
        await queue.addMany(200);
        pass(2000);
        await queue.moveDueJobs();
      },
    },
    {
      name: 'a backlog of 270 plain jobs with 40 overdue ones in the middle',
      size: 270,
      latency: 7,
      given: async (queue, pass) => {
        await queue.addMany(40, { delay: 1000 });
        pass(5000);
        await queue.addMany(200);
        pass(2000);
        await queue.moveDueJobs();
        await queue.addMany(30);
        pass(1000);
      },
    },
    {
      name: 'a backlog of two priorities behind a stalled job: the head of the second is the oldest',
      size: 142,
      latency: 9,
      given: async (queue, pass) => {
        await queue.add({ priority: 2 });
        pass(6000);
        await queue.addMany(41, { priority: 1 });
        await queue.addMany(100, { priority: 2 });
        pass(3000);
        await (await take(queue)).stall();
        await queue.moveStalledJobs();
      },
    },
    {
      name: 'a backlog of 150 jobs with 150 priorities, of which one in the middle is the oldest',
      size: 150,
      latency: 3,
      given: async (queue, pass) => {
        await queue.add({ priority: 120 });
        pass(2000);
        await queue.addMany(149, (index) => ({ priority: index < 119 ? index + 1 : index + 2 }));
        pass(1000);
      },
    },
    {
      name: 'a backlog of 250 LIFO jobs',
      size: 250,
      latency: 3,
      given: async (queue, pass) => {
        await queue.addMany(125, { lifo: true });
        pass(2000);
        await queue.addMany(125, { lifo: true });
        pass(1000);
      },
    },
  ];
}
