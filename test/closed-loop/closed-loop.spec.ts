/** Two lines and `decrementable`: workers come and go, and no job is killed. `npm run test:closed-loop` is the long one. */
import { expect, it } from '@jest/globals';
import { closedLoop } from './closed-loop.js';

it('every job is started once, although dynos that run jobs could be stopped', async () => {
  const { startedTwice, stalled, failed, killed } = await closedLoop(
    { seed: 1, jobs: 20, shortest: 0.3, every: 0.5 },
    'safe',
  );

  // Not simulate's own count of interrupted jobs: on a busy machine dynos are stopped while they boot.
  expect({ startedTwice, stalled, failed, killed }).toEqual({ startedTwice: 0, stalled: 0, failed: 0, killed: 0 });
});
