import { jest } from '@jest/globals';

/** Stops the clock that Bull and our code read, so that ages are exact and time passes only when a test says so. */
export function stopClock(now = 1_800_000_000_000): { now: () => number; pass: (ms: number) => void } {
  jest.useFakeTimers({
    now,
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
  return {
    now: () => Date.now(),
    pass: (ms) => {
      jest.setSystemTime(Date.now() + ms);
    },
  };
}

export function startClock(): void {
  jest.useRealTimers();
}
