import { afterEach, beforeEach, jest } from '@jest/globals';

export interface Clock {
  readonly pass: (ms: number) => unknown;
}

/** Clocks and timers that no test replaces. */
const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
] as const;

/**
 * Stops the clock that Bull and our code read, for each test of a file: ages are exact, and time passes only when a
 * test says so. Timers go on.
 */
export function stoppedClock(now = (): number => 1_800_000_000_000): Clock {
  beforeEach(() => {
    jest.useFakeTimers({ now: now(), doNotFake: [...REAL, 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  return {
    pass: (ms) => {
      jest.setSystemTime(Date.now() + ms);
    },
  };
}

/** No time-out that is set from now on ends, and no patience runs out, until `jest.useRealTimers()`. */
export function holdTimeouts(): void {
  jest.useFakeTimers({ doNotFake: [...REAL.filter((clock) => clock !== 'performance'), 'Date'] });
}
