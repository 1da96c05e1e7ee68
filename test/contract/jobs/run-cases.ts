import { beforeAll, expect, it } from '@jest/globals';
import { HireFireProc } from '../../../lib/index.js';
import type { Case } from './case.js';
import { can, type JobsDriver, type ProcClass, type TestQueue } from './driver.js';

/** Seconds, the manager's. */
const MINIMUM_LATENCY = 600;

type Kind = 'Worker' | 'Lean' | 'Protected';

/** The process `worker` of a backend, the same without active jobs, and one whose latency protects them. */
export function procsOf<Q>({ proc: Proc }: Pick<JobsDriver<Q>, 'proc'>): Record<Kind, ProcClass<Q>> {
  @HireFireProc('worker')
  class WorkerProc extends Proc {}

  @HireFireProc('lean', { skipActive: true })
  class LeanProc extends Proc {}

  @HireFireProc('protected', { metric: 'latency', protect: { minimumLatency: MINIMUM_LATENCY } })
  class ProtectedProc extends Proc {}

  return { Worker: WorkerProc, Lean: LeanProc, Protected: ProtectedProc };
}

/** Runs those cases that the library has the abilities for, each on an empty queue. */
export function runCases<Q, T extends TestQueue<Q>>(
  driver: JobsDriver<Q>,
  cases: readonly Case<T>[],
  open: () => T,
): void {
  const clock = driver.clock();
  const { Worker, Lean, Protected } = procsOf(driver);
  let tested: T;

  beforeAll(() => {
    tested = open();
  });

  it.each(cases.filter(({ needs = [] }) => can(driver, ...needs)))(
    '$name',
    async ({ given, size, sizeWithoutActive = size, latency }) => {
      await tested.empty();
      const begin = performance.now();
      await given(tested, clock.pass);

      const worker = new Worker(tested.queue);
      expect(await new Lean(tested.queue).quantity()).toBe(sizeWithoutActive);
      if (can(driver, 'active')) {
        expect(await worker.quantity()).toBe(size);
      }
      if (can(driver, 'latency')) {
        expectLatency(driver, await worker.latency(), latency, begin);
      }
      if (can(driver, 'active', 'latency')) {
        const least = size > sizeWithoutActive ? MINIMUM_LATENCY : 0;
        expectLatency(driver, await new Protected(tested.queue).latency(), Math.max(latency, least), begin);
      }
    },
  );
}

/** Unless the broker's clock is stopped, an age grows by the test's duration, and by no more. */
export function expectLatency(
  driver: Pick<JobsDriver<never>, 'abilities'>,
  measured: number,
  expected: number,
  begin: number,
): void {
  if (expected === 0 || can(driver, 'stopped clock')) {
    expect(measured).toBe(expected);
  } else {
    expect(measured).toBeGreaterThanOrEqual(expected);
    expect(measured).toBeLessThanOrEqual(expected + (performance.now() - begin) / 1000 + 0.001);
  }
}
