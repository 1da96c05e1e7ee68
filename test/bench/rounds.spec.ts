import { describe, expect, test } from '@jest/globals';
import { measureInRounds, shuffled } from '../../bench/support/rounds.js';
import { seededRandom } from '../../bench/support/statistics.js';

describe('rounds', () => {
  test('measure each variant once a round, and drop the warm-ups', async () => {
    const turns: string[] = [];
    const counts = { a: 0, b: 0 };
    const measured = await measureInRounds(
      ['a', 'b'] as const,
      async (variant) => {
        counts[variant] += 1;
        return `${variant}${counts[variant]}`;
      },
      // Always the last of those that are left.
      {
        rounds: 2,
        warmUps: 1,
        random: () => 0.999,
        onTurn: (variant, round) => turns.push(`${round}: ${variant}`),
      },
    );
    expect(measured).toEqual({ a: ['a2', 'a3'], b: ['b2', 'b3'] });
    expect(turns).toEqual(['0: b', '0: a', '1: b', '1: a', '2: b', '2: a']);
  });

  test('never measure two variants at once', async () => {
    let running = 0;
    const measured = await measureInRounds(
      ['a', 'b', 'c'],
      async () => {
        running += 1;
        const together = running;
        await Promise.resolve();
        running -= 1;
        return together;
      },
      { rounds: 3, warmUps: 0 },
    );
    expect(measured).toEqual({ a: [1, 1, 1], b: [1, 1, 1], c: [1, 1, 1] });
  });

  test('end with the first measurement that fails', async () => {
    await expect(
      measureInRounds(['a'], () => Promise.reject(new Error('no app')), { rounds: 3, warmUps: 0 }),
    ).rejects.toThrow('no app');
  });
});

describe('an order of chance', () => {
  test('keeps every value once', () => {
    expect(shuffled([1, 2, 3, 4], seededRandom(1)).sort()).toEqual([1, 2, 3, 4]);
  });

  test('is each order as often as any other', () => {
    const random = seededRandom(1);
    const orders = new Map<string, number>();
    for (let drawn = 0; drawn < 60_000; drawn++) {
      const order = shuffled(['a', 'b', 'c'], random).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    // The seed is fixed, so this is one and the same result each time.
    expect(Math.max(...[...orders.values()].map((count) => Math.abs(count - 10_000)))).toBeLessThan(300);
  });

  test('leaves the values as they were', () => {
    const values = [1, 2, 3];
    shuffled(values, () => 0.5);
    expect(values).toEqual([1, 2, 3]);
  });
});
