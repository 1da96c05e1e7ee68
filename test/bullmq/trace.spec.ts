/** The trace of BullMQ's queues: exact times from events with known times. */
import { afterAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc } from '../../lib/index.js';
import { HISTORY } from '../../lib/procs/trace.js';
import { RedisListProc } from '../../lib/redis-list/index.js';
import { expectToOnlyRead } from '../other-languages/reads-only.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { BullMQDriver, type BullMQTestQueue } from './bullmq-driver.js';
import { EPOCH, traced, write, type Traced } from './traced.js';

@HireFireProc('named')
class Named extends BullMQProc {}
@HireFireProc('listed', { skipActive: true })
class Listed extends RedisListProc {}

const driver = new BullMQDriver();
const redis = new Redis(redisUrl());
afterAll(async () => {
  await driver.close();
  redis.disconnect();
});

const trace = (start: number, jobs: readonly [number, number][], waiting = 0, dropped = 0): Traced => ({
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

const CASES: readonly (readonly [name: string, events: readonly string[], expected: Traced])[] = [
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
    'a run that was handed back',
    ['0 waiting a', ...run('a', 10, 500, 'waiting a prev active interrupted 1'), ...run('a', 510, 530)],
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
  await write(redis, tested, events);

  expect(await traced(tested)).toEqual(expected);
});

it('no events', async () => {
  expect(await traced(driver.open())).toMatchObject({ jobs: [], waiting: 0, dropped: 0 });
});

/** The newest events, from this time on. */
const trim = (tested: BullMQTestQueue, from: number) => redis.xtrim(tested.key('events'), 'MINID', `${EPOCH + from}`);

it('a trimmed stream: what it has in part is dropped, and what was in line waits', async () => {
  const tested = driver.open();
  await write(redis, tested, [
    ...['0 waiting runs', '0 waiting waits', '0 waiting stays', '0 added later', '0 delayed later delay 400'],
    ...['10 active runs prev waiting', '100 added new', '100 waiting new', '120 completed runs prev active'],
    ...[
      ...run('waits', 130, 150),
      ...run('new', 160, 170),
      '500 waiting later prev delayed',
      ...run('later', 510, 520),
    ],
  ]);
  await redis.rpush(tested.key('wait'), 'stays');
  expect(await traced(tested)).toEqual(
    trace(0, [
      [0, 0.11],
      [0, 0.02],
      [0.1, 0.01],
      [0.4, 0.01],
    ]),
  );
  await trim(tested, 100);

  expect(await traced(tested)).toEqual(trace(100, [[0, 0.01]], 2, 3));
});

it('the trace starts where the history of every trimmed queue has begun', async () => {
  const [early, late, whole] = [driver.open(), driver.open(), driver.open()];
  await write(redis, early, [
    '0 waiting x',
    '50 waiting a',
    ...run('a', 60, 70),
    '90 waiting b',
    ...run('b', 310, 320),
  ]);
  await write(redis, late, ['0 waiting x', '300 waiting c', ...run('c', 330, 340)]);
  await write(redis, whole, [
    '10 waiting d',
    ...run('d', 20, 25),
    '200 waiting e',
    ...run('e', 290, 350),
    '400 waiting f',
    ...run('f', 401, 402),
  ]);
  expect(await traced(early, late, whole)).toMatchObject({ start: 0, waiting: 0, dropped: 0 });
  await trim(early, 50);
  await trim(late, 300);

  const jobs = [
    [-0.21, 0.01],
    [0, 0.01],
    [0.1, 0.001],
  ];
  expect(await traced(early, late, whole)).toMatchObject({ start: 300, jobs, waiting: 1, dropped: 1 });
});

it('a queue that was paused at the cut', async () => {
  const tested = driver.open();
  await write(redis, tested, [
    '0 waiting a',
    '10 paused',
    '20 waiting b',
    '100 resumed',
    ...run('a', 110, 120),
    ...run('b', 120, 150),
  ]);
  await trim(tested, 20);

  expect(await traced(tested)).toEqual(
    trace(20, [
      [0.08, 0.01],
      [0.08, 0.03],
    ]),
  );
});

it('a stream that was trimmed to nothing', async () => {
  const tested = driver.open();
  await write(redis, tested, ['0 waiting a', '700 drained']);
  await redis.xtrim(tested.key('events'), 'MAXLEN', 0);
  await redis.rpush(tested.key('wait'), 'a');

  expect(await traced(tested)).toEqual(trace(700, [], 1));
});

it('two objects of one queue, and several queues', async () => {
  const [one, same, other] = [driver.open({ name: 'one' }), driver.open({ name: 'one' }), driver.open()];
  await write(redis, one, ['0 waiting a', ...run('a', 10, 20)]);
  await write(redis, other, ['5 waiting a', ...run('a', 6, 9)]);

  expect(await traced(one, same, other)).toEqual(
    trace(0, [
      [0, 0.01],
      [0.005, 0.003],
    ]),
  );
});

it('reads the newest 50,000 events', async () => {
  const tested = driver.open();
  await write(redis, tested, ['0 waiting a', '1 waiting b', ...run('a', 10, 20)]);
  await redis.eval(
    `for index = 1, 49998 do redis.call('XADD', KEYS[1], ARGV[1], 'event', 'progress', 'jobId', 'b', 'data', index) end`,
    1,
    tested.key('events'),
    `${EPOCH + 30}-*`,
  );
  await redis.rpush(tested.key('wait'), 'b');

  expect(await traced(tested)).toEqual(trace(10, [], 2, 1));
  await redis.del(tested.key('events'));
});

it('a delay that is no time is over at once, whatever text it is', async () => {
  const tested = driver.open();
  await write(redis, tested, ['0 waiting a', ...run('a', 10, 20), '25 added b']);
  const foreign = ['event', 'delayed', 'jobId', 'b', 'delay', '1,e1 5,x1'];
  await redis.xadd(tested.key('events'), `${EPOCH + 30}-*`, ...foreign);

  expect(await traced(tested)).toEqual(trace(0, [[0, 0.01]]));
});

it('reads only, by one call', async () => {
  const tested = driver.open();
  await write(redis, tested, ['0 added a', '0 delayed a delay 5', '7 waiting a prev delayed', ...run('a', 10, 20)]);

  await expectToOnlyRead(redis, () => traced(tested));
});

it('a stream that is none fails, and other queues are not hidden behind it', async () => {
  const [good, bad] = [driver.open(), driver.open()];
  await redis.set(bad.key('events'), 'x');

  const outcomes = await Promise.allSettled([traced(good), traced(bad)]);
  await redis.del(bad.key('events'));
  expect(outcomes).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { name: 'MeasureFailure', message: expect.stringContaining('wrong type') } },
  ]);
});

it('a queue by name that is not there yet fails', async () => {
  await expect(new Named('later')[HISTORY]()).rejects.toThrow('Named names the queue "later", which is not there yet');
});

it('another library keeps no history', async () => {
  expect(await new Listed(redis, 'list')[HISTORY]()).toBeNull();
});

it('a user who may not run XINFO: a stream of its full length counts as trimmed', async () => {
  const [user, password] = ['no-xinfo', 'secret'];
  await redis.call('ACL', 'SETUSER', user, 'on', `>${password}`, '~*', '&*', '+@all', '-xinfo');
  const tested = driver.open(
    { redis: { ...redisAccess(), username: user, password } },
    { streams: { events: { maxLen: 3 } } },
  );
  await tested.queue.waitUntilReady();
  await redis.rpush(tested.key('wait'), 'earlier');
  await write(redis, tested, ['0 waiting a', '5 active a']);
  expect(await traced(tested)).toEqual(trace(0, [], 0));
  await write(redis, tested, ['9 completed a prev active']);

  expect(await traced(tested)).toEqual(trace(0, [[0, 0.004]], 1));
});
