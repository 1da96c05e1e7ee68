/** `QueueProc`: how it sums up a backend's readings, and when it asks for them. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { HireFireConfigError, HireFireProc, QueueProc, type Metric, type QueueReading } from '../../lib/index.js';
import { Deferred, throwing } from './support.js';

type Read = (queues: readonly string[], metric: Metric) => Promise<readonly QueueReading[]>;

class TestQueueProc extends QueueProc<string> {
  constructor(
    private readonly answer: Read,
    ...queues: string[]
  ) {
    super(...queues);
  }

  protected override read(queues: readonly string[], metric: Metric): Promise<readonly QueueReading[]> {
    return this.answer(queues, metric);
  }
}

const READINGS: Record<string, QueueReading> = {
  mail: { ready: 3, active: 2, latency: 1.5 },
  images: { ready: 4, active: 0, latency: 12 },
  empty: { ready: 0, active: 0, latency: 0 },
  busy: { ready: 0, active: 5, latency: 0 },
};

const known: Read = async (queues) => queues.map((queue) => READINGS[queue] ?? throwing(new Error(`no ${queue}`)));

describe('the size', () => {
  it.each([
    [['mail'], 5],
    [['empty'], 0],
    [['busy'], 5],
    [['mail', 'images', 'empty', 'busy'], 14],
  ])('of %j is the sum, %d', async (queues, size) => {
    expect(await new TestQueueProc(known, ...queues).quantity()).toBe(size);
  });

  it.each([
    [['mail'], 3],
    [['busy'], 0],
    [['mail', 'images', 'empty', 'busy'], 7],
  ])('of %j with skipActive is %d', async (queues, size) => {
    @HireFireProc('worker', { skipActive: true })
    class SkippingProc extends TestQueueProc {}
    class InheritingProc extends SkippingProc {}

    expect(await new SkippingProc(known, ...queues).quantity()).toBe(size);
    expect(await new InheritingProc(known, ...queues).quantity()).toBe(size);
  });

  it('counts active jobs where skipActive is false', async () => {
    @HireFireProc('worker', { skipActive: false })
    class CountingProc extends TestQueueProc {}

    expect(await new CountingProc(known, 'mail').quantity()).toBe(5);
  });
});

describe('the latency', () => {
  it.each([
    [['mail'], 1.5],
    [['empty'], 0],
    [['mail', 'images', 'empty'], 12],
  ])('of %j is the maximum, %d', async (queues, latency) => {
    expect(await new TestQueueProc(known, ...queues).latency()).toBe(latency);
  });
});

describe('the queues', () => {
  it('are all read at once, each once, in their order', async () => {
    const read = jest.fn(known);
    const proc = new TestQueueProc(read, 'mail', 'images', 'mail');

    expect(proc.queues).toEqual(['mail', 'images']);
    expect(await proc.quantity()).toBe(9);
    expect(await proc.latency()).toBe(12);
    expect(read.mock.calls).toEqual([
      [['mail', 'images'], 'size'],
      [['mail', 'images'], 'latency'],
    ]);
  });

  it('must be there', () => {
    expect(() => new TestQueueProc(known)).toThrow(
      new HireFireConfigError('TestQueueProc has no queue: hand at least one to super(), as in super(mail, images).'),
    );
    // @ts-expect-error -- what an injection that went wrong gives
    expect(() => new TestQueueProc(known, 'mail', undefined, null)).toThrow(
      new HireFireConfigError(
        "TestQueueProc was given undefined as queue 2 of 3: inject it, as in @InjectQueue('mail') mail: Queue.",
      ),
    );
  });
});

describe('a wrong reading fails instead of making a wrong number', () => {
  const reading = { ready: 1, active: 1, latency: 1 };

  it.each<[string, Metric, unknown[], string]>([
    ['too few', 'size', [reading], 'TestQueueProc read 1 of its 2 queues'],
    ['none', 'latency', [], 'TestQueueProc read 0 of its 2 queues'],
    ['too many', 'size', [reading, reading, reading], 'TestQueueProc read 3 of its 2 queues'],
    ['a missing size', 'size', [reading, { active: 1 }], 'TestQueueProc read undefined as "ready" of queue 2 of 2'],
    ['text', 'size', [{ ready: 1, active: '1' }, reading], `TestQueueProc read a string as "active" of queue 1 of 2`],
    [
      'a negative size that the others make up for',
      'size',
      [reading, { ready: -1, active: 1 }],
      'TestQueueProc read -1 as "ready" of queue 2 of 2',
    ],
    ['NaN', 'size', [reading, { ready: NaN, active: 1 }], 'TestQueueProc read NaN as "ready" of queue 2 of 2'],
    [
      'a missing latency',
      'latency',
      [reading, { ready: 1, active: 1 }],
      'TestQueueProc read undefined as "latency" of queue 2 of 2',
    ],
    [
      'a negative latency that the maximum hides',
      'latency',
      [{ ready: 1, active: 1, latency: -5 }, reading],
      'TestQueueProc read -5 as "latency" of queue 1 of 2',
    ],
  ])('%s', async (_, metric, readings, message) => {
    // @ts-expect-error -- JavaScript backends give anything
    const read: Read = async () => readings;
    const proc = new TestQueueProc(read, 'mail', 'images');

    await expect(metric === 'size' ? proc.quantity() : proc.latency()).rejects.toThrow(new Error(message));
  });

  it('but ignores a latency that was not asked for', async () => {
    const proc = new TestQueueProc(async () => [{ ready: 1, active: 2, latency: NaN }], 'mail');

    expect(await proc.quantity()).toBe(3);
  });
});

describe('reading', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  /** A backend whose readings are settled by hand. */
  function byHand(): { readonly runs: Deferred<readonly QueueReading[]>[]; readonly proc: TestQueueProc } {
    const runs: Deferred<readonly QueueReading[]>[] = [];
    const read: Read = () => {
      const run = new Deferred<readonly QueueReading[]>();
      runs.push(run);
      return run.promise;
    };
    return { runs, proc: new TestQueueProc(read, 'mail') };
  }

  const ready = (count: number): readonly QueueReading[] => [{ ready: count, active: 0, latency: count }];

  it('runs once at a time: overlapping calls share the one that follows', async () => {
    const { runs, proc } = byHand();

    const first = proc.quantity();
    const others = Array.from({ length: 20 }, () => proc.quantity());
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(ready(1));
    expect(await first).toBe(1);

    expect(runs).toHaveLength(2);
    runs[1]?.resolve(ready(2));
    expect(await Promise.all(others)).toEqual(Array.from({ length: 20 }, () => 2));

    const next = proc.quantity();
    expect(runs).toHaveLength(3);
    runs[2]?.resolve(ready(3));
    expect(await next).toBe(3);
  });

  it('who asks while the following one runs gets the one after it', async () => {
    const { runs, proc } = byHand();

    const asked = [proc.quantity(), proc.quantity()];
    runs[0]?.resolve(ready(1));
    await asked[0];
    asked.push(proc.quantity());
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(ready(2));
    await asked[1];
    expect(runs).toHaveLength(3);
    runs[2]?.resolve(ready(3));

    expect(await Promise.all(asked)).toEqual([1, 2, 3]);
  });

  it('one that rejects does not block the next', async () => {
    const { runs, proc } = byHand();

    const first = proc.quantity();
    const second = proc.quantity();
    runs[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow(new Error('away'));
    runs[1]?.resolve(ready(2));
    expect(await second).toBe(2);
  });

  it('one that gives no promise is as good', async () => {
    // @ts-expect-error -- JavaScript backends may answer at once
    const read: Read = () => ready(4);

    expect(await new TestQueueProc(read, 'mail').quantity()).toBe(4);
  });

  it('one that throws at once rejects, and does not block the next', async () => {
    let count = 0;
    const proc = new TestQueueProc(() => {
      count += 1;
      return count === 1 ? throwing(new Error('not ready')) : Promise.resolve(ready(count));
    }, 'mail');

    await expect(proc.quantity()).rejects.toThrow(new Error('not ready'));
    expect(await proc.quantity()).toBe(2);
  });

  it('one that throws at once while others wait for it is over for them too', async () => {
    const { runs, proc } = byHand();
    const asked = [proc.quantity(), proc.quantity()];
    jest.spyOn(runs, 'push').mockImplementationOnce(() => throwing(new Error('not ready')));
    runs[0]?.resolve(ready(1));
    expect(await asked[0]).toBe(1);
    await expect(asked[1]).rejects.toThrow(new Error('not ready'));

    const third = proc.quantity();
    const fourth = proc.quantity();
    runs[1]?.resolve(ready(3));
    expect(await third).toBe(3);
    runs[2]?.resolve(ready(4));
    expect(await fourth).toBe(4);
  });

  it('gets a signal that aborts when the time is over', async () => {
    class PatientProc extends QueueProc<string> {
      protected override read(_queues: readonly string[], _metric: Metric, signal: AbortSignal): Promise<never> {
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error(String(signal.reason))));
        });
      }
    }
    const proc = new PatientProc('mail');
    proc.timeout = 20;

    await expect(proc.quantity()).rejects.toThrow(/^TimeoutError: /);
  });

  it('size and latency do not wait for each other', async () => {
    const { runs, proc } = byHand();

    const size = proc.quantity();
    const latency = proc.latency();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(ready(7));
    expect(await latency).toBe(7);
    runs[0]?.resolve(ready(8));
    expect(await size).toBe(8);
  });

  it('one that never ends holds the others up for 30 seconds, and not for good', async () => {
    jest.useFakeTimers();
    const { runs, proc } = byHand();

    const lost = proc.quantity();
    jest.advanceTimersByTime(29_999);
    const waiting = proc.quantity();
    expect(runs).toHaveLength(1);
    jest.advanceTimersByTime(1);
    const fresh = proc.quantity();
    expect(runs).toHaveLength(2);

    // The lost one comes back: its callers now wait for the fresh one, and no third one runs.
    runs[0]?.resolve(ready(1));
    expect(await lost).toBe(1);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(ready(2));
    expect(await fresh).toBe(2);
    expect(runs).toHaveLength(3);
    runs[2]?.resolve(ready(3));
    expect(await waiting).toBe(3);
  });
});
