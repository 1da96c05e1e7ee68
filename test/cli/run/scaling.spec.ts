import { expect, it } from '@jest/globals';
import { RunState } from '../../../cli/run/run-state.js';
import { Scaling } from '../../../cli/run/scaling.js';
import { manager } from '../hirefire/managers/support.js';

it.each([
  ['job-queue-size' as const, 1],
  ['job-queue-latency' as const, 0],
])('numbers with a fraction, under %s: %d events', (type, events) => {
  const state = new RunState('simulate', new Date(0), 1);
  const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0 });
  scaling.add(
    'worker',
    manager({ type, maximum: 0, ...(type === 'job-queue-latency' && { minimumLatency: 1, maximumLatency: 9 }) }),
    0,
  );
  [3, 0.455, 1.5].forEach((value, index) => scaling.checkup('worker', value, index));

  const text =
    "0.455 is no number of jobs but a latency: set the manager's type to job-queue-latency, or the proc's metric to 'size'";
  expect(state.events.filter((event) => event.text === text)).toHaveLength(events);
  expect(state.events.filter(({ level }) => level === 'problem')).toHaveLength(events);
});
