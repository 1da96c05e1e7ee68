import { expect, it } from '@jest/globals';
import { parseManagerFlag } from '../../../cli/hirefire/managers/manager-flag.js';
import { whyOf } from '../../../cli/run/why.js';

const SIZE = 'worker=job-queue-size,ratio=5,minimum=1,maximum=4';
const LATENCY = 'worker=job-queue-latency,minimumLatency=5,maximumLatency=20,minimum=0,maximum=2';
const QUEUE_TIME = 'web=request-queue-time,minimumQueueTime=10,maximumQueueTime=60,minimum=1,maximum=2';
const REQUESTS = 'web=requests-per-minute,ratio=100,minimum=1,maximum=2';

it.each([
  [SIZE, 12, 3, '12 jobs: 5 per dyno'],
  [SIZE, 1, 1, '1 job: 5 per dyno'],
  [SIZE, 60, 4, '60 jobs: 5 per dyno, at most 4'],
  [SIZE, 0, 1, '0 jobs: 5 per dyno, at least 1'],
  [SIZE, 3, 4, '3 jobs: 5 per dyno, none stops before 0'],
  [`${SIZE},decrementable=true`, 3, 4, '3 jobs: 5 per dyno'],
  [SIZE, null, 4, 'the number is unknown, so the dynos stay'],
  [LATENCY, 30, 1, '30 s: above 20 s, more'],
  [LATENCY, 30, 2, '30 s: above 20 s, more, at most 2'],
  [LATENCY, 7, 1, '7 s: 5 to 20 s, no change'],
  [LATENCY, 2, 2, '2 s: below 5 s, fewer'],
  [LATENCY, 2, 1, '2 s: below 5 s, fewer, one stays until 0'],
  [QUEUE_TIME, 8.26, 1, '8.3 ms: below 10 ms, fewer, at least 1'],
  [REQUESTS, 120, 2, '120 requests/min: 100 per dyno'],
])('%s at %j with %d dynos', (flag, value, dynos, text) => {
  const [, manager] = parseManagerFlag(flag);
  expect(whyOf({ t: 0, value, dynos }, manager)).toBe(text);
});

it('a manager that waits is a reason too', () => {
  const [, manager] = parseManagerFlag(SIZE);
  expect(whyOf({ t: 0, value: 12, dynos: 1 }, manager, 'sensitivity')).toBe(
    '12 jobs: 5 per dyno, waits for its sensitivity',
  );
});

it('without a manager the dynos stay', () => {
  expect(whyOf({ t: 0, value: 12, dynos: 1 }, undefined)).toBe('12 ms: no manager, so the dynos stay');
});
