import { beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { managerSchema } from '../../../cli/hirefire/managers/schema.js';
import { demandOf } from '../../../cli/plan/demand.js';
import { hoursOf, picksByWait, waitOf, type Searched } from '../../../cli/plan/picks.js';
import { ReplayPool } from '../../../cli/plan/replay-pool.js';
import { replay } from '../../../cli/plan/replay.js';
import type { WorkerManager } from '../../../cli/hirefire/managers/schema.js';
import { MOST_SETTINGS, search } from '../../../cli/plan/search.js';
import { jobsOf } from '../../../cli/plan/workload.js';
import { seededRandom } from '../../support/random.js';
import { builtScript } from '../../support/script.js';
import { always, workerManager, workload } from './support.js';

const REPLAY = { slots: 1, boot: 15, checkupFrequency: 60, phases: 1 };

/** Two bursts of jobs within an hour, which four dynos could work on. */
function bursts(): ReturnType<typeof jobsOf> {
  const random = seededRandom(23);
  const jobs = Array.from(
    { length: 120 },
    (_, job) => [(job % 2) * 1800 + random() * 900, 20 + 20 * random()] as const,
  );
  return jobsOf(workload(jobs, 3600));
}

const jobs = bursts();
const replayOf = (manager: WorkerManager) => replay(jobs, { ...REPLAY, manager });
const replayAll = async (managers: readonly WorkerManager[]) => managers.map(replayOf);
const searched = (now: WorkerManager, wait?: number): Promise<Searched> =>
  search(jobs, { now, ...REPLAY, ...(wait !== undefined && { wait }) }, replayAll);

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, place) => from + place);

const NOW = {
  'job-queue-size': workerManager({
    type: 'job-queue-size',
    ratio: 5,
    maximum: 3,
    timeRanges: [{ from: '22:00', until: '23:00', minimum: 1 }],
  }),
  'job-queue-latency': workerManager({ type: 'job-queue-latency', minimumLatency: 5, maximumLatency: 60, maximum: 3 }),
};

describe.each(Object.entries(NOW))('the search around %s', (type, now) => {
  let found: Searched;
  beforeAll(async () => {
    found = await searched(now);
  });

  it('tries settings that hirefire.json takes, each once, with the time ranges of now', () => {
    const managers = found.settings.map(({ manager }) => manager);

    expect(managers.length).toBeGreaterThan(200);
    expect(managers.length).toBeLessThanOrEqual(MOST_SETTINGS);
    expect(new Set(managers.map((manager) => JSON.stringify(manager))).size).toBe(managers.length);
    for (const manager of managers) {
      expect(z.parse(managerSchema, manager)).toEqual(manager);
      expect(manager).toMatchObject({ type, timeRanges: now.timeRanges });
    }
    expect(managers.some(({ minimum, maximum }) => minimum === maximum)).toBe(true);
    expect(managers.some(({ protect }) => protect)).toBe(true);
    // The trace could use four dynos at once.
    const tried = managers.filter((manager) => manager !== now).map(({ maximum }) => maximum);
    expect(Math.max(...tried)).toBe(2 * demandOf(jobs, 1, 600).peak);
  });

  it('finds the fewest dynos that are always on and as fast as now', () => {
    const fewest = range(1, 20).find(
      (dynos) => waitOf({ manager: now, replayed: replayOf(always(dynos)) }) <= waitOf(found.now),
    );

    expect(found.fixed?.manager).toEqual({ ...now, minimum: fewest, maximum: fewest, timeRanges: [] });
  });
});

describe('of every setting', () => {
  const now = workerManager({ type: 'job-queue-size', ratio: 5, maximum: 3 });
  const switches = [{}, { decrementable: true }, { decrementable: true, protect: true }];
  let all: Searched;
  beforeAll(() => {
    const settings = range(1, 12).flatMap((ratio) =>
      range(0, 2).flatMap((minimum) =>
        range(Math.max(minimum, 1), 6).flatMap((maximum) =>
          switches.map((which) => ({ manager: { ...now, ratio, minimum, maximum, ...which } })),
        ),
      ),
    );
    const replayed = settings.map(({ manager }) => ({ manager, replayed: replayOf(manager) }));
    all = { now: { manager: now, replayed: replayOf(now) }, fixed: undefined, settings: replayed };
  });

  it.each([undefined, 45])('the search comes close to the best, for a wait of %s', async (wait) => {
    const { cheaper, faster } = picksByWait(await searched(now, wait), wait);
    const best = picksByWait(all, wait);

    expect(cheaper && best.cheaper && hoursOf(cheaper) / hoursOf(best.cheaper)).toBeLessThan(1.02);
    expect(faster && best.faster && waitOf(faster) / waitOf(best.faster)).toBeLessThan(1.02);
    expect(cheaper && waitOf(cheaper)).toBeLessThanOrEqual(wait ?? waitOf(all.now));
  });
});

describe('the threads', () => {
  const file = builtScript('cli/plan/replay-worker.ts');

  it('replay as one does, in order, and report each', async () => {
    let reports = 0;
    const pool = new ReplayPool(file, { jobs, settings: REPLAY }, () => reports++);
    const managers = range(1, 9).map((ratio) => workerManager({ type: 'job-queue-size', ratio, maximum: 5 }));

    expect(await pool.replayAll(managers)).toEqual(await replayAll(managers));
    expect(reports).toBe(9);
    await pool.close();
  });

  it('pass their errors on', async () => {
    const pool = new ReplayPool(`${file}.missing.mjs`, { jobs, settings: REPLAY });

    await expect(pool.replayAll([always(1)])).rejects.toThrow('missing.mjs');
    await pool.close();
  });
});
