/** The replay against others' results: queueing theory, and the same model in Python's SimPy. */
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { describeWith } from '../../other-languages/interpreter.js';
import { seededRandom } from '../../support/random.js';
import { always, played, workerManager, workload } from './support.js';

/** Poisson arrivals with exponential durations, in seconds. */
function poisson(random: () => number, count: number, between: number, took: number): (readonly [number, number])[] {
  const exponential = (mean: number): number => -mean * Math.log(1 - random());
  let at = 0;
  return Array.from({ length: count }, () => [(at += exponential(between)), exponential(took)] as const);
}

/** Erlang C: the mean wait of jobs that take a second on average. */
function erlangC(dynos: number, load: number): number {
  const busy = dynos * load;
  let [term, sum] = [1, 0];
  for (let count = 1; count <= dynos; count++) {
    sum += term;
    term *= busy / count;
  }
  const all = term / (1 - load);
  return all / (sum + all) / (dynos - busy);
}

describe('fixed dynos wait as long as Erlang C says', () => {
  it.each([
    [1, 0.5],
    [3, 0.8],
    [10, 0.7],
  ])('%d dynos at a load of %d', (dynos, load) => {
    const jobs = poisson(seededRandom(3), 50_000, 1 / (dynos * load), 1);
    const { waits } = played(workload(jobs, jobs.at(-1)?.[0] ?? 0), always(dynos));
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;

    // With this seed. By chance, others are up to 18 % off, above as often as below.
    expect(Math.abs(mean / erlangC(dynos, load) - 1)).toBeLessThan(0.02);
  });
});

/** Twenty policies, each with other jobs, from one seed. */
function policies() {
  const random = seededRandom(20);
  const oneOf = <T>(...values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  return Array.from({ length: 20 }, (_, number) => {
    const minimum = oneOf(0, 0, 1, 2);
    const shared = {
      minimum,
      maximum: minimum + oneOf(2, 5, 9),
      upscaleSensitivity: oneOf(1, 1, 2),
      downscaleSensitivity: oneOf(1, 1, 3),
      upscaleTimeout: oneOf(0, 0, 2),
      downscaleTimeout: oneOf(0, 0, 3),
      protect: oneOf(false, false, true),
    };
    const manager = workerManager(
      number % 2 === 0
        ? { type: 'job-queue-size', ...shared, ratio: oneOf(1, 3, 8), decrementable: oneOf(true, true, true, false) }
        : {
            ...{ type: 'job-queue-latency', ...shared, minimumLatency: oneOf(1, 10), maximumLatency: oneOf(15, 60) },
            ...{
              upscaleQuantity: oneOf(1, 2),
              downscaleQuantity: oneOf(1, 2),
              upscaleOnInitialJob: oneOf(true, false),
            },
          },
    );
    const jobs = poisson(random, 250, oneOf(8, 20), oneOf(15, 60)).map(([at, took]) => [at - 30, took] as const);
    // No event of one kind falls on one of another.
    const settings = { slots: oneOf(1, 1, 4), boot: 7 + random(), checkupFrequency: oneOf(25, 45, 60) };
    return { jobs, waiting: 12, seconds: 2500, ...settings, firstCheckup: oneOf(0, 11), manager };
  });
}

describeWith('python3-simpy', (python) => {
  it('20 random policies give the same result', () => {
    const cases = policies();
    const { stdout, stderr } = spawnSync(python, ['test/cli/plan/replay_oracle.py'], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect(stderr).toBe('');
    const expected: unknown = JSON.parse(stdout, rounded);

    const results = cases.map(({ jobs, waiting, seconds, manager, ...settings }) => {
      const { waits, ...result } = played(workload(jobs, seconds, waiting), manager, settings);
      return { ...result, waits: result.endless ? [] : waits };
    });
    expect(JSON.parse(JSON.stringify(results), rounded)).toEqual(expected);
    expect(results.filter(({ interrupted }) => interrupted > 0).length).toBeGreaterThan(5);
  });
});

/** Sums differ in their last digits. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(6)) : value;
}
