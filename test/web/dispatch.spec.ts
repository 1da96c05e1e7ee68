/** Request queue times on their way to HireFire: what is sent, when, and what HireFire may change of it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingHttpHeaders } from 'node:http';
import { PACKAGE_VERSION } from '../../lib/hirefire.protocol.js';
import type { HireFireModuleOptions } from '../../lib/index.js';
import { answer, DispatchServer, hang, queueTimesOf } from '../support/dispatch-server.js';
import { DispatchingApp, FIRST_SECOND, START, TOKEN, until } from '../support/dispatching-app.js';

let server: DispatchServer;
let app: DispatchingApp;

beforeEach(async () => {
  server = await DispatchServer.startWithoutTls();
});

afterEach(async () => {
  delete process.env.HIREFIRE_DISPATCH_URL;
  delete process.env.HIREFIRE_VERBOSE;
  delete process.env.DYNO;
  await server.close();
  await app.end();
});

async function start(options: HireFireModuleOptions = { web: { url: server.url } }): Promise<void> {
  app = await DispatchingApp.start(options);
}

/** Lets the POST for these queue times be sent and answered; what is left waits for the next. */
async function post(...queueTimes: readonly number[]): Promise<void> {
  await app.measure(...queueTimes);
  await app.untilNext();
  app.pass(1);
  await app.untilIdle();
}

/**
 * One queue time is measured each `interval` while POSTs fail, so many times; then they succeed again.
 *
 * @returns the intervals that have passed when the first POST succeeds
 */
async function outage(times: number, interval = 1): Promise<number> {
  server.react = answer(500);
  for (let time = 0; time < times; time++) {
    await app.measure(time);
    app.pass(interval);
    await app.untilOver();
  }
  server.react = answer(200);
  let passed = times;
  for (; app.waitsFor !== undefined; passed++) {
    app.pass(interval);
    await app.untilOver();
  }
  return passed;
}

const bodies = (): string[] => server.posts.map(({ body }) => body);
const hireFireLines = (level: 'log' | 'warn' | 'error'): string[] =>
  app.log.hireFire(level).filter((line) => line.endsWith(' HireFire'));

describe('what is sent', () => {
  it('is one key for each epoch second, with the milliseconds of that second', async () => {
    await start();
    await app.measure(12, 0, 7);
    app.pass(0.9);
    await app.measure(3);
    app.pass(0.1);
    await app.untilIdle();

    expect(bodies()).toEqual([`{"${FIRST_SECOND}":[12,0,7],"${FIRST_SECOND + 1}":[3]}`]);
  });

  it('has the headers that HireFire knows, and no further ones but those of HTTP', async () => {
    await start();
    await post(5);

    const [sent] = server.posts;
    const { rawHeaders = [] } = sent ?? {};
    const headers = rawHeaders.flatMap((name, place) =>
      place % 2 === 0 ? [[name.toLowerCase(), rawHeaders[place + 1]]] : [],
    );
    expect(sent).toMatchObject({ method: 'POST', path: '/' });
    expect(headers.sort()).toEqual([
      ['connection', 'keep-alive'],
      ['content-length', '18'],
      ['content-type', 'application/json'],
      ['hirefire-resource', `NestJS-${PACKAGE_VERSION}`],
      ['hirefire-token', TOKEN],
      ['host', new URL(server.url).host],
    ]);
  });

  it('is logged with HIREFIRE_VERBOSE, without the token', async () => {
    process.env.HIREFIRE_VERBOSE = '1';
    await start();
    await post(5, 6);

    expect(hireFireLines('log')).toEqual([`Sending request queue times: {"${FIRST_SECOND}":[5,6]} HireFire`]);
    expect(app.log.toString()).not.toContain(TOKEN);
  });

  it.each(['0', 'no', 'No', 'false', ' FALSE ', ''])('is not logged with HIREFIRE_VERBOSE=%j', async (verbose) => {
    process.env.HIREFIRE_VERBOSE = verbose;
    await start();
    await post(5);

    expect([...hireFireLines('log'), ...hireFireLines('warn'), ...hireFireLines('error')]).toEqual([]);
  });
});

describe('where it is sent', () => {
  it('is HIREFIRE_DISPATCH_URL', async () => {
    process.env.HIREFIRE_DISPATCH_URL = `${server.url}some/path?with=query`;
    await start({ web: true });
    await post(5);

    expect(server.posts.map(({ path }) => path)).toEqual(['/some/path?with=query']);
  });

  it('is the option url before that', async () => {
    process.env.HIREFIRE_DISPATCH_URL = 'http://127.0.0.1:1/';
    await start();
    await post(5);

    expect(queueTimesOf(server.taken)).toEqual([5]);
  });

  it('is nowhere with dispatch: false', async () => {
    await start({ web: { url: server.url, dispatch: false } });
    await app.measure(5);

    expect(app.waitsFor).toBe(undefined);
  });

  it.each(['run.1', 'run.4242', 'release.2'])('is nowhere from the one-off dyno %s', async (dyno) => {
    process.env.DYNO = dyno;
    await start();
    await app.measure(5);

    expect(app.waitsFor).toBe(undefined);
    await app.close();
    expect(server.connections).toBe(0);
  });

  it.each(['web.1', 'run-jobs.1', 'released.1'])('is HireFire from the dyno %s', async (dyno) => {
    process.env.DYNO = dyno;
    await start();
    await post(5);

    expect(queueTimesOf(server.taken)).toEqual([5]);
  });

  it.each<[string, HireFireModuleOptions]>([
    ['no token', { token: '' }],
    ['the development token', { token: 'development' }],
  ])('is nowhere with %s, which is logged once', async (_what, options) => {
    await start({ ...options, web: { url: server.url } });
    await app.measure(5, 6);

    expect(app.waitsFor).toBe(undefined);
    expect(hireFireLines('warn')).toEqual([
      'No token is set, so request queue times are not sent to HireFire. Set HIREFIRE_TOKEN to the token that HireFire shows ' +
        'for this app. HireFire',
    ]);
    await app.close();
    expect(server.connections).toBe(0);
  });
});

describe('when it is sent', () => {
  it('is a second after the first request that was measured, and never without one', async () => {
    await start();
    expect(app.waitsFor).toBe(undefined);
    app.pass(3_600);
    await app.measure(5);
    expect(app.waitsFor).toBe(1);
    app.pass(0.999);
    await app.measure(6);
    expect(server.connections).toBe(0);
    app.pass(0.001);
    await app.untilIdle();

    expect(queueTimesOf(server.taken)).toEqual([5, 6]);
    app.pass(3_600);
    expect(app.waitsFor).toBe(undefined);
    expect(server.posts).toHaveLength(1);
  });

  it('is a second after the last POST has ended, however long that took', async () => {
    await start();
    server.react = hang;
    await app.measure(1);
    app.pass(1);
    await until(() => server.inFlight === 1);
    await app.measure(2);
    app.pass(4.5);
    await app.measure(3);
    expect(server.posts).toHaveLength(1);

    server.answerLate();
    await app.untilNext();
    server.react = answer(200);
    app.pass(0.999);
    await app.measure(4);
    expect(server.posts).toHaveLength(1);
    app.pass(0.001);
    await app.untilIdle();

    expect(bodies()).toEqual([
      `{"${FIRST_SECOND}":[1]}`,
      `{"${FIRST_SECOND + 1}":[2],"${FIRST_SECOND + 5}":[3],"${FIRST_SECOND + 6}":[4]}`,
    ]);
    expect(server.mostInFlight).toBe(1);
  });

  it('is over one connection', async () => {
    await start();
    for (let count = 1; count <= 20; count++) {
      await post(count);
    }

    expect(server.posts).toHaveLength(20);
    expect({ connections: server.connections, atOnce: server.mostSockets }).toEqual({ connections: 1, atOnce: 1 });
  });
});

describe('without HireFire', () => {
  it('everything of the last minute is kept, in its second, and what is older is dropped', async () => {
    await start();
    const passed = await outage(90);

    // Of a second, what was measured last is 60 seconds old.
    const kept = Array.from({ length: 90 }, (_, second) => second).filter((second) => passed - second <= 61);
    expect(JSON.parse(bodies().at(-1) ?? '')).toEqual(
      Object.fromEntries(kept.map((second) => [`${FIRST_SECOND + second}`, [second]])),
    );
  });

  it('POSTs are tried after twice the time each, and end with the last thing that is not too old', async () => {
    await start();
    server.react = answer(500);
    await app.measure(1);
    const tries: number[] = [];
    for (let second = 1; app.waitsFor !== undefined; second++) {
      const before = server.posts.length;
      app.pass(1);
      await app.untilOver();
      if (server.posts.length > before) {
        tries.push(second);
      }
    }

    expect(tries).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it('POSTs are tried twice in the time that HireFire lets a queue time live', async () => {
    await start();
    server.react = answer(500, { 'HireFire-Resource-Buffer-TTL': '8' });
    const tries: number[] = [];
    for (let second = 1; second <= 20; second++) {
      await app.measure(second);
      const before = server.posts.length;
      app.pass(1);
      await app.untilOver();
      if (server.posts.length > before) {
        tries.push(second);
      }
    }

    expect(tries).toEqual([1, 2, 4, 8, 12, 16, 20]);
  });

  it('each cause is logged once, and again after it has worked in between', async () => {
    await start();
    const statuses = [500, 500, 401, 500, 401, 200, 500, 500, 200];
    for (const status of statuses) {
      server.react = answer(status);
      await app.measure(1);
      app.pass(app.waitsFor ?? NaN);
      await app.untilOver();
    }

    const lines = app.log.lines.filter(({ text }) => text.endsWith(' HireFire'));
    expect(lines.map(({ text }) => /answered \d+|again/.exec(text)?.[0])).toEqual([
      'answered 500',
      'answered 401',
      'again',
      'answered 500',
      'again',
    ]);
  });
});

describe("HireFire's settings", () => {
  const settingsOf = async (headers: OutgoingHttpHeaders): Promise<{ interval: number; timeout: number }> => {
    await start();
    server.react = answer(200, headers);
    await post(1);
    server.react = hang;
    await app.measure(2);
    const interval = app.waitsFor ?? 0;
    app.pass(interval);
    return { interval, timeout: app.waitsFor ?? 0 };
  };

  it.each<[string, OutgoingHttpHeaders, { interval?: number; timeout?: number }]>([
    ['nothing', {}, {}],
    ['an interval', { 'HireFire-Resource-Dispatch-Interval': '7' }, { interval: 7 }],
    ['an interval, spelled otherwise', { 'HireFire-Resource-Dispatcher-Interval': '8' }, { interval: 8 }],
    ['a time-out', { 'HireFire-Resource-Dispatch-Timeout': '9' }, { timeout: 9 }],
    ['a time-out, spelled otherwise', { 'HireFire-Resource-Dispatcher-Timeout': '10' }, { timeout: 10 }],
    [
      'both, each with a fraction',
      { 'hirefire-resource-dispatch-interval': '1.5', 'hirefire-resource-dispatcher-timeout': '2.5' },
      { interval: 1.5, timeout: 2.5 },
    ],
    [
      'too little',
      { 'HireFire-Resource-Dispatch-Interval': '0', 'HireFire-Resource-Dispatch-Timeout': '0.5' },
      { interval: 1, timeout: 1 },
    ],
    [
      'too much',
      { 'HireFire-Resource-Dispatch-Interval': '61', 'HireFire-Resource-Dispatch-Timeout': '999999999' },
      { interval: 60, timeout: 30 },
    ],
    ...['', ' ', '-1', '1e1', '0x10', 'NaN', 'Infinity', '1,5', '5 s', 'five', '9'.repeat(400), '1; 2', '٣'].map(
      (garbage): [string, OutgoingHttpHeaders, object] => [
        `garbage: ${JSON.stringify(garbage)}`,
        {
          'HireFire-Resource-Dispatch-Interval': Buffer.from(garbage).toString('latin1'),
          'HireFire-Resource-Dispatcher-Timeout': Buffer.from(garbage).toString('latin1'),
          'HireFire-Resource-Buffer-TTL': Buffer.from(garbage).toString('latin1'),
        },
        {},
      ],
    ),
    ['a header twice', { 'HireFire-Resource-Dispatch-Interval': ['7', '8'] }, {}],
    [
      'garbage in one spelling, and the other',
      { 'HireFire-Resource-Dispatch-Interval': 'x', 'HireFire-Resource-Dispatcher-Interval': '4' },
      { interval: 4 },
    ],
  ])('%s', async (_what, headers, expected) => {
    expect(await settingsOf(headers)).toEqual({ interval: 1, timeout: 5, ...expected });
  });

  it('stay until they are changed, and come with any answer', async () => {
    await start();
    server.react = answer(500, { 'HireFire-Resource-Dispatch-Interval': '7' });
    await app.measure(1);
    await app.untilNext(1);
    app.pass(1);
    await app.untilNext(7);
    server.react = answer(200);
    app.pass(7);
    await app.untilIdle();
    await app.measure(2);
    await app.untilNext(7);
    server.react = answer(200, { 'HireFire-Resource-Dispatch-Interval': '2' });
    app.pass(7);
    await app.untilIdle();
    await app.measure(3);

    expect(app.waitsFor).toBe(2);
  });

  it.each([
    ['5', 1, 5],
    ['0', 1, 5],
    ['20', 1, 20],
    ['601', 60, 600],
  ])('a TTL of %s, with an interval of %d', async (ttl, interval, seconds) => {
    await start();
    server.react = answer(200, {
      'HireFire-Resource-Buffer-TTL': ttl,
      'HireFire-Resource-Dispatch-Interval': `${interval}`,
    });
    await post(1);
    const passed = await outage(25, interval);

    const kept = Array.from({ length: 25 }, (_, time) => time).filter(
      (time) => (passed - time) * interval <= seconds + 1,
    );
    expect(queueTimesOf(server.taken.slice(1))).toEqual(kept);
  });

  it('a TTL that is shorter than the interval drops nothing that waits for its first POST', async () => {
    await start();
    server.react = answer(200, { 'HireFire-Resource-Buffer-TTL': '5', 'HireFire-Resource-Dispatch-Interval': '30' });
    await post(1);
    await app.measure(2);
    app.pass(15);
    await app.measure(3);
    app.pass(15);
    await app.untilIdle();

    expect(queueTimesOf(server.taken)).toEqual([1, 2, 3]);
  });
});

describe('a clock that is set', () => {
  it.each([
    ['an hour back', -3_600_000],
    ['an hour forward', 3_600_000],
    ['ten years back', -315_360_000_000],
    ['ten years forward', 315_360_000_000],
  ])('%s: everything is sent, once, a second apart', async (_what, jump) => {
    await start();
    await post(1);
    server.react = answer(500);
    await app.measure(2);
    app.setClock(START + jump);
    await app.measure(3);
    await app.untilNext();
    app.pass(1);
    await until(() => server.posts.length === 2);
    await app.untilNext();
    await app.measure(4);
    app.setClock(START);
    await app.measure(5);
    expect(app.waitsFor).toBe(1);
    server.react = answer(200);
    app.pass(1);
    await app.untilIdle();
    await post(6);

    expect(queueTimesOf(server.taken)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(server.posts).toHaveLength(4);
  });
});

describe('more requests in a second than there is room for', () => {
  it('are sent as a uniform sample, which is logged once', async () => {
    await start();
    server.react = answer(200, { 'HireFire-Resource-Buffer-TTL': '600' });
    await post(1);
    await app.measureAtOnce(400);
    expect(hireFireLines('warn')).toEqual([]);
    await app.measureAtOnce(50);
    await post();
    await app.measureAtOnce(450);
    await post();

    expect(server.taken.map((one) => queueTimesOf([one]).length)).toEqual([1, 400, 400]);
    expect(hireFireLines('warn')).toEqual([
      'More than 400 requests in a second: HireFire gets a uniform sample of 400 request queue times of each such second. ' +
        'HireFire',
    ]);
  });
});
