/** The trace of BullMQ's queues: exact times from events with known times. */
import { afterAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc } from '../../lib/index.js';
import { HISTORY, traceOf } from '../../lib/procs/trace.js';
import { redisUrl } from '../support/file-redis.js';
import { BullMQDriver, type BullMQTestQueue } from './bullmq-driver.js';

@HireFireProc('worker')
class Worker extends BullMQProc {}

const driver = new BullMQDriver();
const redis = new Redis(redisUrl());
afterAll(async () => {
  await driver.close();
  redis.disconnect();
});

const EPOCH = Date.parse('2026-01-01T00:00:00Z');

/** Where the trace starts, in ms since the epoch of the tables, and the only proc in it. */
async function traced(...queues: readonly BullMQTestQueue[]) {
  const histories = await new Worker(...queues.map(({ queue }) => queue))[HISTORY]();
  const { startedAt, processes } = traceOf(new Map([['worker', histories]]));
  return { start: Date.parse(startedAt) - EPOCH, ...processes.worker };
}

/** Writes events such as "120 active a": ms, event, job, further fields. The field `delay` is relative as well. */
async function write(tested: BullMQTestQueue, events: readonly string[]): Promise<void> {
  for (const line of events) {
    const [ms, event = '', id, ...fields] = line.split(' ');
    const values = fields.map((field, index) => (fields[index - 1] === 'delay' ? `${EPOCH + Number(field)}` : field));
    const job = id === undefined ? [] : ['jobId', id];
    await redis.xadd(tested.key('events'), `${EPOCH + Number(ms)}-*`, 'event', event, ...job, ...values);
  }
}

type Expected = Awaited<ReturnType<typeof traced>>;
const trace = (start: number, jobs: readonly [number, number][], waiting = 0, dropped = 0): Expected => ({
  start,
  jobs,
  waiting,
  dropped,
});

/** From when to when a job runs, as events. */
const run = (id: string, from: number, to: number, end = `completed ${id} returnvalue null prev active`): string[] => [
  `${from} active ${id} prev waiting`,
  `${to} ${end}`,
];

const CASES: readonly (readonly [name: string, events: readonly string[], expected: Expected])[] = [
  ['a job', ['100 added a name x', '100 waiting a', ...run('a', 130, 170)], trace(100, [[0, 0.04]])],
  [
    'two jobs, the later one first',
    ['0 added a', '0 waiting a', '10 added b', '10 waiting b', ...run('b', 20, 50), ...run('a', 60, 61)],
    trace(0, [
      [0, 0.001],
      [0.01, 0.03],
    ]),
  ],
  ['a job that waits, and one that runs', ['0 waiting a', '0 waiting b', '5 active b'], trace(0, [])],
  [
    'a delayed job that a worker moved late',
    ['0 added a', '0 delayed a delay 500', '800 waiting a prev delayed', ...run('a', 800, 900)],
    trace(0, [[0.5, 0.1]]),
  ],
  [
    'a delayed job that was promoted by hand',
    ['0 added a', '0 delayed a delay 500', '300 waiting a prev delayed', ...run('a', 400, 900)],
    trace(0, [[0.3, 0.5]]),
  ],
  [
    'a delayed job whose delay was changed',
    [
      '0 added a',
      '0 delayed a delay 5000',
      '10 delayed a delay 200',
      '300 waiting a prev delayed',
      ...run('a', 300, 310),
    ],
    trace(0, [[0.2, 0.01]]),
  ],
  [
    'a clock of the app that is behind',
    ['1000 added a', '1000 delayed a delay 400', '1002 waiting a prev delayed', ...run('a', 1002, 1012)],
    trace(1000, [[0, 0.01]]),
  ],
  [
    'a retry at once',
    [
      '0 waiting a',
      ...run('a', 10, 40, 'waiting a prev active'),
      ...run('a', 50, 70, 'failed a failedReason no prev active'),
    ],
    trace(0, [
      [0, 0.03],
      [0.04, 0.02],
    ]),
  ],
  [
    'a retry after a back-off',
    ['0 waiting a', ...run('a', 10, 40, 'delayed a delay 240'), '250 waiting a prev delayed', ...run('a', 260, 270)],
    trace(0, [
      [0, 0.03],
      [0.24, 0.01],
    ]),
  ],
  [
    'a retry by hand',
    ['0 waiting a', ...run('a', 10, 40, 'failed a prev active'), '90 waiting a prev failed', ...run('a', 95, 99)],
    trace(0, [
      [0, 0.03],
      [0.09, 0.004],
    ]),
  ],
  [
    'a parent that its child released',
    [
      '0 added p',
      '0 waiting-children p',
      '0 added c',
      '0 waiting c',
      ...run('c', 5, 30),
      '30 waiting p prev waiting-children',
      ...run('p', 50, 60),
    ],
    trace(0, [
      [0, 0.025],
      [0.03, 0.01],
    ]),
  ],
  [
    'a parent that has run before its children',
    [
      '0 waiting p',
      ...run('p', 5, 15, 'waiting-children p prev active'),
      '90 waiting p prev waiting-children',
      ...run('p', 90, 91),
    ],
    trace(0, [
      [0, 0.01],
      [0.09, 0.001],
    ]),
  ],
  [
    'a parent that failed with its child, and never ran',
    ['0 waiting-children p', '5 failed p failedReason child prev waiting-children'],
    trace(0, []),
  ],
  [
    'a run whose worker died',
    ['0 waiting a', ...run('a', 10, 500, 'waiting a prev active'), '500 stalled a', ...run('a', 510, 530)],
    trace(0, [[0.5, 0.02]], 0, 1),
  ],
  [
    'jobs that waited while the queue was paused',
    [
      '0 waiting a',
      '100 paused',
      '200 waiting b',
      '700 resumed',
      ...run('a', 710, 720),
      '800 waiting c',
      ...run('b', 810, 830),
      ...run('c', 840, 850),
    ],
    trace(0, [
      [0.7, 0.01],
      [0.7, 0.02],
      [0.8, 0.01],
    ]),
  ],
  [
    'a queue that is resumed without having been paused',
    ['0 waiting a', '100 resumed', ...run('a', 110, 120)],
    trace(0, [[0, 0.01]]),
  ],
  [
    'a job that was removed, and added again',
    ['0 waiting a', '10 removed a prev wait', '50 added a', '50 waiting a', ...run('a', 60, 61)],
    trace(0, [[0.05, 0.001]]),
  ],
  ['a job that was removed while it ran', ['0 waiting a', '5 active a', '9 removed a prev active'], trace(0, [], 0, 1)],
  [
    'events that are about no run',
    ['0 waiting a', '1 progress a data 5', '2 duplicated a', '3 cleaned', '4 drained', '5 mine'],
    trace(0, []),
  ],
];

it.each(CASES)('%s', async (_name, events, expected) => {
  const tested = driver.open();
  await write(tested, events);

  expect(await traced(tested)).toEqual(expected);
});

it('no events', async () => {
  expect(await traced(driver.open())).toMatchObject({ jobs: [], waiting: 0, dropped: 0 });
});
