/** The page's server: its answers, and the sites that it refuses. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { pathToFileURL } from 'node:url';
import type { Managers } from '../../../cli/hirefire/managers/managers-for.js';
import { parseManagerFlag } from '../../../cli/hirefire/managers/manager-flag.js';
import type { Manager } from '../../../cli/hirefire/managers/schema.js';
import { UsageError } from '../../../cli/io/errors.js';
import { readPage } from '../../../cli/page/page-file.js';
import { servePage, type Page } from '../../../cli/page/serve-page.js';
import { RunState, type LoadNow } from '../../../cli/run/run-state.js';
import { Scaling } from '../../../cli/run/scaling.js';

const PAGE = pathToFileURL('dist/cli/page.html');
const [, MANAGER] = parseManagerFlag('worker=job-queue-size,ratio=5,maximum=4');

let state: RunState;
let scaling: Scaling;
let page: Page;
let changes: unknown[];
let saved: unknown[];
let problem: string | undefined;
let load: LoadNow;
let loads: EventEmitter;
let sets: string[];

const NO_LOAD: LoadNow = { path: '/', perSecond: 0, sent: 0, failed: 0, statuses: {}, leftOut: 0 };
const setLoad = (path: string, perSecond: number): void => {
  if (perSecond < 0) {
    throw new UsageError('Not below 0.');
  }
  load = { ...NO_LOAD, path, perSecond };
  sets.push(`${path} ${perSecond}`);
  loads.emit('set');
};

beforeEach(async () => {
  [changes, saved, problem] = [[], [], undefined];
  [load, loads, sets] = [NO_LOAD, new EventEmitter(), []];
  state = new RunState('simulate', new Date(0), 1);
  scaling = new Scaling({ state, timeZone: 'UTC', now: Date.now });
  scaling.add('worker', MANAGER, 0, 30);
  const controls = {
    setManager: (process: string, manager: Manager) => changes.push([process, manager]),
    scale: (process: string, dynos: number) => changes.push([process, dynos]),
    load: { now: () => load, set: setLoad },
    configFile: {
      path: 'hirefire.json',
      save: (managers: Managers, replaces: boolean) => {
        saved.push(managers);
        return problem === undefined ? Promise.resolve(replaces) : Promise.reject(new UsageError(problem));
      },
    },
  };
  page = await servePage(state, controls, PAGE);
});

afterEach(async () => {
  await page.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function ask(method: string, path: string, headers: OutgoingHttpHeaders = {}, body = ''): Promise<Answer> {
  const sent = request(new URL(path, page.url), { method, headers }).end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
  }
  return { status: answer.statusCode, headers: answer.headers, body: text };
}

const post = (path: string, body: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> =>
  ask('POST', path, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(body));

describe('the page', () => {
  it('comes with a policy that lets in nothing but itself', async () => {
    const { status, headers, body } = await ask('GET', '/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain('<h1>');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; connect-src 'self';/,
    );
    expect(body).not.toMatch(/(?:src|href)="(?!data:)/);
  });

  it('is on loopback', () => {
    expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it('of a report holds it, whatever its texts say', async () => {
    const text = await readPage({ text: '</script><script>alert(1)</script> $& $1' }, PAGE);
    const [, json = ''] = /id="report">([^]*?)<\/script>/.exec(text) ?? [];
    expect(JSON.parse(json)).toEqual({ text: '</script><script>alert(1)</script> $& $1' });
  });
});

describe('other sites', () => {
  it.each<[what: string, headers: OutgoingHttpHeaders]>([
    ['a name of their own that leads here', { Host: 'rebound.example' }],
    ['another port', { Host: '127.0.0.1:1' }],
    ['a foreign Origin', { Origin: 'http://evil.example' }],
    ['an Origin of nowhere', { Origin: 'null' }],
    ['https', { Origin: 'https://127.0.0.1' }],
    ['a fetch across sites without an Origin', { 'Sec-Fetch-Site': 'cross-site' }],
  ])('are refused everything, with %s', async (_, headers) => {
    expect((await ask('GET', '/', headers)).status).toBe(403);
    expect((await ask('GET', '/events', headers)).status).toBe(403);
    expect((await post('/scale', { process: 'worker', dynos: 1 }, headers)).status).toBe(403);
    expect((await post('/save', { replaces: true }, headers)).status).toBe(403);
    expect(saved).toEqual([]);
    expect(changes).toEqual([]);
  });

  it('are refused a change by a form', async () => {
    const body = JSON.stringify({ process: 'worker', dynos: 1 });
    expect((await ask('POST', '/scale', { 'Content-Type': 'text/plain' }, body)).status).toBe(403);
    expect(changes).toEqual([]);
  });

  it('are not the page itself, also as localhost', async () => {
    const { host, port } = new URL(page.url);
    const own = { Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' };
    expect((await post('/scale', { process: 'worker', dynos: 1 }, own)).status).toBe(204);
    const local = { Host: `localhost:${port}`, Origin: `http://localhost:${port}` };
    expect((await post('/scale', { process: 'worker', dynos: 2 }, local)).status).toBe(204);
    expect(changes).toEqual([
      ['worker', 1],
      ['worker', 2],
    ]);
  });
});

describe('a change', () => {
  it('of a manager is checked as hirefire.json is', async () => {
    const { status, body } = await post('/manager', { process: 'worker', manager: { ...MANAGER, ratio: 0 } });
    expect([status, body]).toEqual([400, 'the manager: worker.ratio is 0: use a whole number from 1 to 1000000']);
    expect((await post('/manager', { process: 'worker', manager: { ...MANAGER, ratio: 7 } })).status).toBe(204);
    expect(changes).toEqual([['worker', { ...MANAGER, ratio: 7 }]]);
  });

  it.each<[what: string, path: string, body: unknown]>([
    ['a process that is none', '/scale', { process: 'none', dynos: 1 }],
    ['half a dyno', '/scale', { process: 'worker', dynos: 0.5 }],
    ['fewer than none', '/scale', { process: 'worker', dynos: -1 }],
    ['too many dynos', '/scale', { process: 'worker', dynos: 101 }],
    ['no number', '/scale', { process: 'worker', dynos: '1' }],
    ['no manager', '/manager', { process: 'worker' }],
    ['a manager of a process that is none', '/manager', { process: '__proto__', manager: MANAGER }],
    ['nothing', '/manager', null],
  ])('to %s is refused with a reason', async (_, path, body) => {
    const answer = await post(path, body);
    expect([answer.status, answer.body.length > 0]).toEqual([400, true]);
    expect(changes).toEqual([]);
  });

  it('that is too long, or no JSON, is refused', async () => {
    expect((await post('/manager', { process: 'x'.repeat(100_000) })).status).toBe(400);
    expect((await ask('POST', '/manager', { 'Content-Type': 'application/json' }, '{')).status).toBe(400);
  });

  it('that saves the managers writes only after a confirmation where the file exists', async () => {
    expect(await post('/save', {})).toMatchObject({ status: 409, body: 'hirefire.json exists.' });
    expect(await post('/save', { replaces: true })).toMatchObject({ status: 200, body: 'Saved in hirefire.json.' });
    expect(saved).toEqual([new Map([['worker', MANAGER]]), new Map([['worker', MANAGER]])]);
  });

  it('that can not be saved has its reason in one line', async () => {
    problem = 'hirefire.json: a is wrong\nhirefire.json: b is wrong';
    const { status, body } = await post('/save', { replaces: true });
    expect([status, body]).toEqual([400, 'hirefire.json: a is wrong; hirefire.json: b is wrong']);
  });

  it('of dynos is refused where nothing is started', async () => {
    const watching = await servePage(state, { setManager: () => undefined }, PAGE);
    const answer = await fetch(new URL('/scale', watching.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ process: 'worker', dynos: 1 }),
    });
    await watching.close();
    expect([answer.status, await answer.text()]).toEqual([400, 'Nothing is started here: there are no dynos to add.']);
  });
});

describe('a load', () => {
  /** Opens a page, as a browser does. */
  async function opened(): Promise<{ readonly page: string; readonly leave: () => void }> {
    const leaving = new AbortController();
    const answer = await fetch(new URL('/events', page.url), { signal: leaving.signal });
    const { value = '' } = (await answer.body?.pipeThrough(new TextDecoderStream()).getReader().read()) ?? {};
    const [, json = ''] = /^data: (.*)$/m.exec(value) ?? [];
    const message = JSON.parse(json) as { readonly page: string };
    return { page: message.page, leave: () => leaving.abort() };
  }

  it('ends when the last page that set it closes', async () => {
    const [first, second, third] = [await opened(), await opened(), await opened()];
    expect((await post('/load', { page: first.page, path: '/a', perSecond: 5 })).status).toBe(204);
    expect((await post('/load', { page: second.page, path: '/b', perSecond: 7 })).status).toBe(204);
    third.leave();
    first.leave();
    // The server knows a page until it has seen it close.
    while ((await post('/load', { page: first.page, path: '/', perSecond: -1 })).body === 'Not below 0.');
    expect(load).toEqual({ ...NO_LOAD, path: '/b', perSecond: 7 });
    const set = once(loads, 'set');
    second.leave();
    await set;
    expect(sets).toEqual(['/a 5', '/b 7', '/b 0']);
  });

  it('is set by an open page only, and only where something runs', async () => {
    const { status, body } = await post('/load', { page: 'x', path: '/', perSecond: 1 });
    expect([status, body]).toEqual([400, 'Open the page again: the load ends when it closes.']);
    await page.close();
    page = await servePage(state, { setManager: () => undefined }, PAGE);
    expect((await post('/load', { page: (await opened()).page, path: '/', perSecond: 1 })).body).toBe(
      'Nothing is started here: there is no router to send requests through.',
    );
    expect(load).toEqual(NO_LOAD);
  });
});

describe('the stream', () => {
  it('sends everything first, then only what is new, and ends with the page', async () => {
    scaling.checkup('worker', 3, 1);
    const answer = await fetch(new URL('/events', page.url));
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const messages: [
      event: string | undefined,
      data: { points: unknown; events: unknown; price: unknown; dynoSeconds: unknown },
    ][] = [];
    const read = async (): Promise<boolean> => {
      const { done = true, value = '' } = (await reader?.read()) ?? {};
      for (const [, event, json = ''] of value.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)) {
        const { processes, events } = JSON.parse(json) as {
          processes: { points: unknown; price: unknown; dynoSeconds: unknown }[];
          events: unknown;
        };
        const { points, price, dynoSeconds } = processes[0] ?? {};
        messages.push([event, { points, price, dynoSeconds, events }]);
      }
      return !done;
    };
    await read();
    scaling.checkup('worker', null, 2);
    state.addEvent({ t: 2, level: 'problem', text: 'two' });
    await read();
    const closed = page.close();
    while (await read());
    await closed;
    page = await servePage(state, { setManager: () => undefined }, PAGE);
    expect(messages.slice(0, 2)).toEqual([
      [
        'all',
        {
          points: [{ t: 1, value: 3, dynos: 1 }],
          price: 30,
          dynoSeconds: 0,
          events: [{ t: 1, process: 'worker', level: 'info', text: '0 → 1 dyno, at 3 jobs' }],
        },
      ],
      [
        'more',
        {
          points: [{ t: 2, value: null, dynos: 1 }],
          price: 30,
          dynoSeconds: 1,
          events: [{ t: 2, level: 'problem', text: 'two' }],
        },
      ],
    ]);
  });
});
