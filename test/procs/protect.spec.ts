/** The option `protect` of `@HireFireProc()`: what it does to a latency, and what is refused. */
import { describe, expect, it } from '@jest/globals';
import { HireFireConfigError, HireFireProc, Proc, QueueProc, type Metric, type QueueReading } from '../../lib/index.js';
import { startApp } from './support.js';

/** Its queue is its reading. */
class ReadingProc extends QueueProc<QueueReading> {
  protected override async read(readings: readonly QueueReading[]): Promise<readonly QueueReading[]> {
    return readings;
  }
}

describe('a protected latency', () => {
  @HireFireProc('worker', { metric: 'latency', protect: { minimumLatency: 5 } })
  class Guarded extends ReadingProc {}

  it.each<[string, QueueReading[], number]>([
    ['nothing waits and nothing is active', [{ ready: 0, active: 0, latency: 0 }], 0],
    ['a job is active', [{ ready: 0, active: 1, latency: 0 }], 5],
    [
      'a job is active in another queue',
      [
        { ready: 1, active: 0, latency: 0.2 },
        { ready: 0, active: 1, latency: 0 },
      ],
      5,
    ],
    ['a job has waited longer', [{ ready: 1, active: 1, latency: 7 }], 7],
    ['a job waits, and none is active', [{ ready: 1, active: 0, latency: 2 }], 2],
  ])('where %s', async (_, readings, latency) => {
    expect(await new Guarded(...readings).latency()).toBe(latency);
  });

  it('fails where active jobs are not known', async () => {
    await expect(new Guarded({ ready: 0, active: NaN, latency: 0 }).latency()).rejects.toThrow(
      'Guarded read NaN as "active" of queue 1 of 1',
    );
  });
});

class Jobs extends ReadingProc {
  constructor() {
    super({ ready: 0, active: 0, latency: 0 });
  }
}
class Blind extends Jobs {
  override readonly seesActive = false;
  override readonly activeCure = 'Read them elsewhere. ';
}
class Own extends Proc {
  quantity = (): number => 0;
}

it.each<[new () => { quantity(): number | Promise<number> }, Metric, unknown, string]>([
  [
    Own,
    'size',
    { ratio: 5 },
    'the option "protect" has a meaning for a QueueProc only. Remove it, and keep its own quantity() high enough for the dynos that run jobs.',
  ],
  [
    Jobs,
    'size',
    { ratio: 5 },
    `its backend can't know which dyno runs a job, so it can't protect dynos. Remove the option "protect", and turn "decrementable" off in HireFire; or use the metric 'latency' with protect: { minimumLatency }.`,
  ],
  [
    Blind,
    'latency',
    { minimumLatency: 5 },
    `its backend can't see active jobs, so it can't protect them. Read them elsewhere. Otherwise remove the option "protect".`,
  ],
  [Jobs, 'size', 5, 'the option "protect" must be an object, such as { ratio: 5 }, but it is 5.'],
  [
    Jobs,
    'size',
    {},
    'the option "ratio" of "protect" must be a whole number from 1, the ratio of the manager in HireFire, but it is undefined.',
  ],
  [
    Jobs,
    'size',
    { ratio: 0 },
    'the option "ratio" of "protect" must be a whole number from 1, the ratio of the manager in HireFire, but it is 0.',
  ],
  [
    Jobs,
    'size',
    { ratio: 1.5 },
    'the option "ratio" of "protect" must be a whole number from 1, the ratio of the manager in HireFire, but it is 1.5.',
  ],
  [
    Jobs,
    'size',
    { minimumLatency: 5 },
    `the option "minimumLatency" of "protect" is for the metric 'latency'. Set that metric, or "ratio" instead.`,
  ],
  [
    Jobs,
    'latency',
    { ratio: 5 },
    `the option "ratio" of "protect" is for the metric 'size'. Set that metric, or "minimumLatency" instead.`,
  ],
  [
    Jobs,
    'latency',
    {},
    'the option "minimumLatency" of "protect" must be a number of seconds above 0, the minimum latency of the manager in HireFire, but it is undefined.',
  ],
  [
    Jobs,
    'latency',
    { minimumLatency: 0 },
    'the option "minimumLatency" of "protect" must be a number of seconds above 0, the minimum latency of the manager in HireFire, but it is 0.',
  ],
])('%p with the metric %s refuses %j', async (Base, metric, protect, message) => {
  class Refused extends Base {}
  // @ts-expect-error -- JavaScript can pass anything
  HireFireProc('worker', { metric, protect })(Refused);

  await expect(startApp({ providers: [Refused] })).rejects.toThrow(
    new HireFireConfigError(`Refused: ${message}`, 'worker'),
  );
});
