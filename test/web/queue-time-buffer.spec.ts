/** The buffer: bounded in time and in count, and always a fair sample. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MAX_QUEUE_TIMES, QueueTimeBuffer, type Batch } from '../../lib/web/queue-time-buffer.js';
import { seededRandom } from '../support/random.js';

const NOW = 1_800_000_000_000;
const SECOND = '1800000000';

const chance = Math.random;

let onSampling: jest.Mock<(mostPerSecond: number) => void>;
let buffer: QueueTimeBuffer;

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  onSampling = jest.fn();
  buffer = new QueueTimeBuffer(60, onSampling);
  Math.random = seededRandom(20_260_101);
});

afterEach(() => {
  jest.useRealTimers();
  Math.random = chance;
});

function add(from: number, until: number): void {
  const now = Date.now();
  for (let value = from; value < until; value++) {
    buffer.add(value, now);
  }
}

const sizesOf = (batch: Batch): Record<string, number> =>
  Object.fromEntries(Object.entries(batch.bySecond).map(([second, { length }]) => [second, length]));

describe('time', () => {
  it('keeps what is 60 s old, and drops what is 61 s old, a second counting from its end', () => {
    add(0, 1);
    jest.advanceTimersByTime(61_000);
    add(1, 2);
    const batch = buffer.take();
    expect(batch.bySecond).toEqual({ '1800000000': [0], '1800000061': [1] });

    buffer.putBack(batch);
    jest.advanceTimersByTime(1);
    expect(buffer.take().bySecond).toEqual({ '1800000061': [1] });
  });

  it('drops what is old when it is put back', () => {
    add(0, 1);
    const batch = buffer.take();
    jest.advanceTimersByTime(61_001);
    buffer.putBack(batch);
    expect(buffer.isEmpty).toBe(true);
  });

  it('counts the age of a second from the first of it, also when that is put back with more', () => {
    add(0, 1);
    const batch = buffer.take();
    jest.advanceTimersByTime(500);
    add(1, 2);
    buffer.putBack(batch);
    jest.advanceTimersByTime(60_501);
    expect(buffer.take().isEmpty).toBe(true);
  });

  it('drops what is old by the TTL of now', () => {
    add(0, 1);
    jest.advanceTimersByTime(10_000);
    buffer.ttl = 5;
    expect(buffer.take().isEmpty).toBe(true);
  });

  it.each([
    ['an hour back', -3_600_000],
    ['an hour forward', 3_600_000],
    ['ten years back', -315_360_000_000],
    ['ten years forward', 315_360_000_000],
  ])('goes by the monotonic clock: %s', (_what, jump) => {
    add(0, 1);
    jest.setSystemTime(NOW + jump);
    add(1, 2);
    jest.advanceTimersByTime(60_999);
    expect(buffer.take().bySecond).toEqual({ [SECOND]: [0], [`${(NOW + jump) / 1000}`]: [1] });
  });

  it('holds a minute at most of a clock that jumps at every request', () => {
    for (let jump = 0; jump < 10_000; jump++) {
      jest.setSystemTime(NOW + (jump % 2 === 0 ? jump : -jump) * 86_400_000);
      add(jump, jump + 1);
    }
    const values = Object.values(buffer.take().bySecond).flat();
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 62 }, (_, place) => 9_938 + place));
  });
});

describe('count', () => {
  it('keeps all of 4,000 in a second', () => {
    add(0, 4_000);
    expect(buffer.take().bySecond).toEqual({ [SECOND]: Array.from({ length: 4_000 }, (_, value) => value) });
    expect(onSampling).not.toHaveBeenCalled();
  });

  it('keeps 4,000 of more, and reports it', () => {
    add(0, 4_001);
    expect(onSampling).toHaveBeenCalledWith(4_000);
    add(4_001, 9_000);
    const [kept = []] = Object.values(buffer.take().bySecond);
    expect(new Set(kept).size).toBe(4_000);
  });

  it('never holds more than 4,000 for each of 62 seconds, whatever comes and is put back', () => {
    for (let second = 0; second < 200; second++) {
      const batch = buffer.take();
      add(0, 4_500);
      buffer.putBack(batch);
      jest.advanceTimersByTime(1_000);
    }
    const sizes = Object.values(sizesOf(buffer.take()));
    expect(Math.max(...sizes)).toBe(4_000);
    expect(sizes.length).toBeLessThanOrEqual(62);
  });

  it.each([
    [5, 48_000],
    [60, 4_000],
    [7.3, 32_876],
    [600, 400],
  ])('has a bound per second of 240,000 by the TTL: %d s, %d', (ttl, most) => {
    buffer.ttl = ttl;
    add(0, most);
    expect(onSampling).not.toHaveBeenCalled();
    add(most, most + 1);
    expect(onSampling).toHaveBeenCalledWith(most);
    expect(buffer.take().size).toBe(most);
    expect(MAX_QUEUE_TIMES).toBe(240_000);
  });

  it('reports it as well when a smaller bound or a batch that is put back leaves no room', () => {
    add(0, 3_000);
    const batch = buffer.take();
    add(3_000, 6_000);
    expect(onSampling).not.toHaveBeenCalled();
    buffer.putBack(batch);
    expect(onSampling).toHaveBeenCalledTimes(1);
    expect(buffer.take().size).toBe(4_000);

    add(0, 500);
    buffer.ttl = 600;
    expect(onSampling).toHaveBeenLastCalledWith(400);
    expect(buffer.take().size).toBe(400);
  });
});

const PUTS: readonly (readonly [string, (values: number) => void])[] = [
  ['coming in one go', (values) => add(0, values)],
  [
    'put back with as many',
    (values) => {
      add(0, values / 2);
      const batch = buffer.take();
      add(values / 2, values);
      buffer.putBack(batch);
    },
  ],
  [
    'put back with nine times as many',
    (values) => {
      add(0, values / 10);
      const batch = buffer.take();
      add(values / 10, values);
      buffer.putBack(batch);
    },
  ],
  [
    'put back three times',
    (values) => {
      add(0, values / 4);
      for (const part of [1, 2, 3]) {
        const batch = buffer.take();
        add((part * values) / 4, ((part + 1) * values) / 4);
        buffer.putBack(batch);
      }
    },
  ],
  [
    'while the TTL grows',
    (values) => {
      buffer.ttl = 300;
      add(0, values / 2);
      buffer.ttl = 600;
      add(values / 2, values);
    },
  ],
  [
    'while the TTL shrinks',
    (values) => {
      add(0, values / 2);
      buffer.ttl = 5;
      add(values / 2, values);
    },
  ],
  [
    'while the TTL shrinks, and then put back with more',
    (values) => {
      add(0, values / 2);
      const batch = buffer.take();
      buffer.ttl = 5;
      add(values / 2, values);
      buffer.putBack(batch);
    },
  ],
  [
    'while the TTL grows, and then put back with more',
    (values) => {
      buffer.ttl = 300;
      add(0, values / 2);
      const batch = buffer.take();
      buffer.ttl = 600;
      add(values / 2, values);
      buffer.putBack(batch);
    },
  ],
];

describe('a uniform sample', () => {
  it.each(PUTS)('%s', (_what, put) => {
    const VALUES = 8_000;
    const PARTS = 20;
    const RUNS = 20;
    const counts = Array.from({ length: PARTS }, () => 0);
    let kept = 0;
    for (let run = 0; run < RUNS; run++) {
      buffer = new QueueTimeBuffer(600, () => undefined);
      put(VALUES);
      const values = Object.values(buffer.take().bySecond).flat();
      expect(new Set(values).size).toBe(values.length);
      kept += values.length;
      for (const value of values) {
        const part = Math.floor((value / VALUES) * PARTS);
        counts[part] = (counts[part] ?? 0) + 1;
      }
    }

    // Of the first part of all that came as many are kept as of any other. Chi-squared with 19 degrees of freedom: above
    // 60 once in 250,000 times.
    const expected = kept / PARTS;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(60);
  });
});
