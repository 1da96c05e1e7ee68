/** The settings that a plan names, of a handful with known costs and waits. */
import { describe, expect, it } from '@jest/globals';
import { picksByBudget, picksByWait, type Evaluated, type Picks, type Searched } from '../../../cli/plan/picks.js';
import { always } from './support.js';

/** Costs in dyno hours a day, waits in seconds; null: it never ends. */
function setting(cost: number, wait: number | null, interrupted = 0): Evaluated {
  return {
    manager: always(1),
    replayed: {
      dynoHours: 0,
      dynoHoursPerDay: cost,
      wait: wait === null ? null : { mean: 0, p50: 0, p95: wait, max: wait },
      interrupted,
      endless: wait === null,
    },
  };
}

const now = setting(30, 20);
const searched = (...others: readonly Evaluated[]): Searched => ({ now, fixed: undefined, settings: [now, ...others] });

describe('without a budget', () => {
  it('cheaper costs the least of those that wait at most as long as now, and has the star', () => {
    const [cheaper, slower, dearer] = [setting(20, 20), setting(10, 20.1), setting(25, 5)];

    expect(picksByWait(searched(slower, dearer, cheaper))).toMatchObject({ now, cheaper, starred: 'cheaper' });
    expect(picksByWait(searched(slower, dearer, cheaper), 60)).toMatchObject({ cheaper: slower });
    expect(picksByWait(searched(slower, dearer, cheaper), 10)).toMatchObject({ cheaper: dearer });
  });

  it('faster waits the least of those that cost at most twice as much as now', () => {
    const [twice, more] = [setting(60, 5), setting(60.1, 0)];

    expect(picksByWait(searched(more, twice, setting(40, 6)))).toMatchObject({ faster: twice });
  });

  it('of equals, the one that is better otherwise is named, else the first', () => {
    const [cheaper, faster] = [setting(20, 10), setting(50, 1)];

    const picks = picksByWait(searched(setting(20, 11), cheaper, setting(20, 10), setting(51, 1), faster));
    expect(picks.cheaper).toBe(cheaper);
    expect(picks.faster).toBe(faster);
  });

  it('of equals, now is named, so nothing changes for nothing', () => {
    const picks = picksByWait(searched(setting(30, 20), setting(31, 20)));

    expect(picks.cheaper).toBe(now);
    expect(picks.faster).toBe(now);
  });

  it('neither interrupts more jobs than now, or never ends', () => {
    expect(picksByWait(searched(setting(10, 1, 0.25), setting(5, null)))).toMatchObject({ cheaper: now, faster: now });
  });

  it('neither is worse in both than the fixed one', () => {
    const fixed = setting(24, 12);
    const [worse, cheaper] = [setting(25, 15), setting(26, 10)];
    const settings = [now, worse, cheaper];

    expect(picksByWait({ now, fixed, settings })).toMatchObject({ cheaper, faster: cheaper, fixed });
  });

  it('any wait is shorter than that of a manager that never ends', () => {
    const endless = setting(24, null);
    const [cheap, fast] = [setting(5, 900), setting(40, 3)];

    const picks = picksByWait({ now: endless, fixed: undefined, settings: [endless, cheap, fast] });
    expect(picks).toMatchObject({ now: endless, cheaper: cheap, faster: fast, starred: 'cheaper' });
  });

  it('names the nearest where none waits that little', () => {
    const nearest = setting(50, 5);
    const picks = picksByWait(searched(nearest, setting(55, 5)), 1);

    expect(picks).toEqual({ now, faster: nearest, nearest });
  });
});

describe('with a budget for all processes', () => {
  // At 24 dollars a month for a dyno, an hour a day costs a dollar.
  const prices = new Map([
    ['worker', 24],
    ['mail', 24],
  ]);
  const worker = searched(setting(10, 100), setting(20, 50), setting(40, 10), setting(50, 1));
  const mail = searched(setting(5, 60), setting(15, 40), setting(35, 0));
  const chosen = (dollars: number) =>
    [...picksByBudget(new Map(Object.entries({ worker, mail })), prices, dollars)].map(
      ([, { faster, starred }]: [string, Picks]) => [faster?.replayed.dynoHoursPerDay, starred],
    );

  it.each([
    [15, 10, 5],
    // The longest wait is the worker's.
    [25, 20, 5],
    // Then it is mail's, for which 30 dollars leave nothing.
    [30, 20, 5],
    [35, 20, 15],
    [45, 30, 15],
    [64, 30, 30],
    [65, 30, 35],
    [200, 50, 35],
  ])('$%d: the longest wait is as short as it can be', (dollars, ofWorker, ofMail) => {
    expect(chosen(dollars)).toEqual([
      [ofWorker, 'faster'],
      [ofMail, 'faster'],
    ]);
  });

  it('names the cheapest where they cost more', () => {
    const picks = picksByBudget(new Map(Object.entries({ worker, mail })), prices, 14.9);

    expect(picks.get('worker')?.nearest).toEqual(setting(10, 100));
    expect(picks.get('mail')?.nearest).toEqual(setting(5, 60));
    expect([...picks.values()].flatMap(({ starred, faster }) => starred ?? faster ?? [])).toEqual([]);
  });
});
