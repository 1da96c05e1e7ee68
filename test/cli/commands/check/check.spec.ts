/** `check`, on apps of every kind: what is wrong with them, and nothing else, is what it says. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CHECKS, type CheckId, type Status } from '../../../../cli/commands/check/result.js';
import { CertificateAuthority } from '../../../../tools/certificates.js';
import { freePort } from '../../../../tools/redis-server.js';
import {
  agent,
  AGENT_HEADERS,
  closeServers,
  serve,
  serveRaw,
  serveTls,
  TOKEN,
  type Agent,
} from '../../support/servers.js';
import { findingsOf, pass, troublesOf, type CheckOptions, type Findings } from './checked.js';

afterEach(closeServers);

const SPA = '<!doctype html><html><body><div id="root"></div></body></html>';

const without = (name: keyof typeof AGENT_HEADERS): Record<string, string> =>
  Object.fromEntries(Object.entries(AGENT_HEADERS).filter(([key]) => key !== name));

/** Both ways of asking for the numbers, and what then can't be looked at. */
const NO_NUMBERS: Readonly<Partial<Record<CheckId, Status>>> = {
  'info-header': 'fail',
  'info-path': 'fail',
  ...{ shape: 'skip', 'answer-time': 'skip', parallel: 'skip', caching: 'skip' },
};

const skipped = (...but: readonly CheckId[]): Partial<Record<CheckId, Status>> =>
  Object.fromEntries(CHECKS.filter((id) => ![...but, 'plain-http', 'procfile'].includes(id)).map((id) => [id, 'skip']));

interface Case {
  readonly what: string;
  readonly app: Agent;
  /** Every check that is not as for a good app. */
  readonly troubles: Partial<Record<CheckId, Status>>;
  /** The message of one of them. */
  readonly says?: readonly [id: CheckId, message: RegExp];
  readonly options?: CheckOptions;
}

const cases: readonly Case[] = [
  { what: 'the official Node agent', app: {}, troubles: {}, says: ['agent', /^Node-1\.2\.0$/] },
  { what: 'values of the first generation', app: { info: [{ name: 'worker', quantity: 3 }] }, troubles: {} },
  {
    what: 'a latency',
    app: { info: [{ name: 'worker', value: 32.5 }] },
    troubles: {},
    says: ['shape', /^worker 32\.5$/],
  },
  {
    what: 'an older version of this package',
    app: { headers: { ...AGENT_HEADERS, 'hirefire-resource': 'NestJS-0.0.9' } },
    troubles: { agent: 'warn' },
    says: ['agent', /NestJS-0\.0\.9, older than this/],
  },
  {
    what: 'a newer version of this package',
    app: { headers: { ...AGENT_HEADERS, 'hirefire-resource': 'NestJS-99.0.0' } },
    troubles: {},
  },
  { what: 'an agent without a name', app: { headers: without('hirefire-resource') }, troubles: { agent: 'warn' } },
  {
    what: 'an agent that misses the name of its platform',
    app: { headers: { ...AGENT_HEADERS, 'hirefire-resource': '1.0' } },
    troubles: { agent: 'warn' },
  },
  {
    what: 'an agent that knows the path only',
    app: { ways: ['path'] },
    troubles: { 'info-header': 'fail' },
    says: ['info-header', /^404, although the app has an agent: compare the token/],
  },
  { what: 'an agent that knows the header only', app: { ways: ['header'] }, troubles: { 'info-path': 'fail' } },
  {
    what: 'another token',
    app: {},
    options: { token: 'another' },
    troubles: { ...NO_NUMBERS, agent: 'skip' },
    says: ['info-header', /^404, although the app has an agent: compare the token/],
  },
  {
    what: 'an app that can not measure',
    app: { status: 503, info: { errors: [{ name: 'worker', message: `no Redis for ${TOKEN}` }] } },
    troubles: NO_NUMBERS,
    says: ['info-header', /^503, the app can't measure: worker: no Redis for \*\*\*$/],
  },
  { what: 'a 304', app: { status: 304, info: '' }, troubles: NO_NUMBERS, says: ['info-path', /^304/] },
  {
    what: 'JSON that is cut short',
    app: { info: '[{"name":"worker","val' },
    troubles: NO_NUMBERS,
    says: ['info-header', /^not JSON, or cut off: /],
  },
  { what: 'some text', app: { info: 'fine' }, troubles: NO_NUMBERS, says: ['info-path', /^not JSON, but an answer/] },
  {
    what: 'more than a megabyte',
    app: { info: `["${'x'.repeat(1_000_001)}"]` },
    troubles: { ...NO_NUMBERS, agent: 'skip' },
    says: ['info-header', /over 1 MB/],
  },
  {
    what: 'no agent in a Nest app on Express',
    app: {
      test: 'unused',
      ways: [],
      otherwise: (request, response) => {
        const message = `Cannot GET ${request.url ?? ''}`;
        response.writeHead(404).end(JSON.stringify({ message, error: 'Not Found', statusCode: 404 }));
      },
    },
    troubles: { ...NO_NUMBERS, test: 'fail', agent: 'skip' },
    says: ['info-header', /Nest's 404: import HireFireModule\.forRoot\(\) in the app's root module/],
  },
  {
    what: 'the index.html of a single-page app for everything it does not know',
    app: { ways: [], otherwise: (_request, response) => response.end(SPA) },
    troubles: { ...NO_NUMBERS, 'wrong-token': 'warn', 'no-token': 'warn', agent: 'skip' },
    says: ['info-path', /single-page app's index\.html: a catch-all route/],
  },
  {
    what: 'a redirect to a login',
    app: { ways: [], otherwise: (_request, response) => response.writeHead(302, { location: '/login?next=x' }).end() },
    troubles: { ...NO_NUMBERS, 'wrong-token': 'warn', 'no-token': 'warn', agent: 'skip' },
    says: ['info-header', /redirect to a login/],
  },
  {
    what: 'numbers for everybody',
    app: { otherwise: (_request, response) => response.end('[{"name":"worker","value":1}]') },
    troubles: { 'wrong-token': 'fail', 'no-token': 'fail', 'development-token': 'warn' },
    says: ['wrong-token', /a wrong token gets the numbers/],
  },
  {
    what: 'a 403 for a wrong token',
    app: { otherwise: (_request, response) => response.writeHead(403).end() },
    troubles: { 'wrong-token': 'warn', 'no-token': 'warn' },
  },
  {
    what: 'an open development token',
    app: {
      otherwise: (request, response) => {
        const isOpen = request.headers['hirefire-token'] === 'development';
        response.writeHead(isOpen ? 200 : 404).end(isOpen ? '[{"name":"worker","value":1}]' : '');
      },
    },
    troubles: { 'development-token': 'warn' },
  },
  { what: 'an array of nothing', app: { info: [] }, troubles: { shape: 'warn' }, says: ['shape', /no process at all/] },
  {
    what: 'JSON that is no array',
    app: { info: { worker: 1 } },
    troubles: { shape: 'fail' },
    says: ['shape', /not an array/],
  },
  {
    what: 'a process without a name',
    app: { info: [{ value: 1 }] },
    troubles: { shape: 'fail' },
    says: ['shape', /no name/],
  },
  {
    what: 'a bad name',
    app: { info: [{ name: '1 st', value: 1 }] },
    troubles: { shape: 'fail' },
    says: ['shape', /"1 st" can't be/],
  },
  {
    what: 'a name twice',
    app: {
      info: [
        { name: 'a', value: 1 },
        { name: 'a', value: 2 },
      ],
    },
    troubles: { shape: 'fail' },
    says: ['shape', /"a" is there twice/],
  },
  {
    what: 'a null',
    app: { info: [{ name: 'a', value: null }] },
    troubles: { shape: 'fail' },
    says: ['shape', /value of "a" is null/],
  },
  {
    what: 'a string',
    app: { info: [{ name: 'a', value: '1' }] },
    troubles: { shape: 'fail' },
    says: ['shape', /value of "a" is "1"/],
  },
  {
    what: 'a negative number',
    app: { info: [{ name: 'a', value: -1 }] },
    troubles: { shape: 'fail' },
    says: ['shape', /is -1/],
  },
  {
    what: 'no value',
    app: { info: [{ name: 'a' }] },
    troubles: { shape: 'fail' },
    says: ['shape', /"a" has no value/],
  },
  { what: 'more than a number can be', app: { info: '[{"name":"a","value":1e999}]' }, troubles: { shape: 'fail' } },
  {
    what: 'a quantity that is not a number next to a value',
    app: { info: [{ name: 'a', value: 1, quantity: 'x' }] },
    troubles: { shape: 'fail' },
  },
  {
    what: 'a quantity that differs from its value',
    app: { info: [{ name: 'a', value: 1, quantity: 2 }] },
    troubles: { shape: 'warn' },
    says: ['shape', /differ/],
  },
  {
    what: 'a number for web',
    app: { info: [{ name: 'web', value: 1 }] },
    troubles: { shape: 'warn' },
    says: ['shape', /"web" is scaled by/],
  },
  {
    what: 'a Procfile that has what is measured',
    app: {},
    options: { procfile: 'web: x\nrelease: y\nworker: z' },
    troubles: { procfile: 'ok' },
  },
  {
    what: 'a process without a measurement',
    app: {},
    options: { procfile: 'web: x\nworker: z\nurgent: u' },
    troubles: { procfile: 'warn' },
    says: ['procfile', /^no proc measures urgent: /],
  },
  {
    what: 'a proc that no process has',
    app: {},
    options: { procfile: 'web: x\nworkers: z' },
    troubles: { procfile: 'warn' },
    says: ['procfile', /no proc measures workers: .*; no process of the Procfile is called worker: /],
  },
  { what: 'no cache-control', app: { headers: without('cache-control') }, troubles: { caching: 'warn' } },
  ...['public, max-age=60', 'max-age=60', 's-maxage=5, max-age=0', 'must-revalidate'].map((value) => ({
    what: `cache-control: ${value}`,
    app: { headers: { ...AGENT_HEADERS, 'cache-control': value } },
    troubles: { caching: 'warn' as const },
  })),
  ...['no-store', 'no-cache', 'private', 'max-age=0', 'public, max-age=60, no-store'].map((value) => ({
    what: `cache-control: ${value}`,
    app: { headers: { ...AGENT_HEADERS, 'cache-control': value } },
    troubles: {},
  })),
  {
    what: 'an answer out of a cache',
    app: { headers: { ...AGENT_HEADERS, age: '12' } },
    troubles: { caching: 'warn' },
    says: ['caching', /came out of a cache/],
  },
  {
    what: 'a 304 for its own ETag',
    app: {
      answer: (request, response) => {
        const isKnown = request.headers['if-none-match'] === '"1"';
        response
          .writeHead(isKnown ? 304 : 200, { ...AGENT_HEADERS, etag: '"1"' })
          .end(isKnown ? '' : '[{"name":"a","value":1}]');
      },
    },
    troubles: { caching: 'warn' },
    says: ['caching', /304/],
  },
];

describe('check', () => {
  it.each(cases)('$what', async ({ app, troubles, says, options }) => {
    const { url } = await serve(agent(app));
    const findings = await findingsOf(url, options);
    expectTestPage(findings, app);
    expect(troublesOf(findings)).toEqual(troubles);
    if (says !== undefined) {
      expect(findings[says[0]].message).toMatch(says[1]);
    }
    expect(JSON.stringify(findings)).not.toContain(options?.token ?? TOKEN);
  });

  it('keeps the path of the URL', async () => {
    const listener = agent();
    const { url } = await serve((request, response) => {
      request.url = request.url?.replace('/app/', '/');
      listener(request, response);
    });
    expect(troublesOf(await findingsOf(`${url}/app/?x#y`))).toEqual({});
  });

  it('reports that a token of "development" is no secret', async () => {
    const { url } = await serve((request, response) => {
      request.url = request.url?.replace('development', TOKEN);
      if (request.headers['hirefire-token'] === 'development') {
        request.headers['hirefire-token'] = TOKEN;
      }
      agent()(request, response);
    });
    expect(troublesOf(await findingsOf(url, { token: 'development' }))).toEqual({ 'development-token': 'warn' });
  });

  it('reports an app that does not answer, and tries nothing more', async () => {
    const findings = await findingsOf(`http://127.0.0.1:${await freePort()}`);
    expect(troublesOf(findings)).toEqual({ ...skipped('reachable'), reachable: 'fail' });
    expect(findings.reachable.message).toMatch(/refused: start the app/);
  });

  it('blames the path of the URL where the agent is at its root, and tries nothing more', async () => {
    const { url } = await serve(agent());
    const findings = await findingsOf(`${url}/shop/`);
    expect(troublesOf(findings)).toEqual({ ...skipped('reachable', 'test'), test: 'fail' });
    expect(findings.test.message).toBe(
      `there is no agent below /shop, but ${url} has one: leave /shop out of the URL, or add the agent to the app there`,
    );
  });

  it('reports a wrong certificate', async () => {
    const { url } = await serveTls(CertificateAuthority.create().certificate, agent());
    const { reachable } = await findingsOf(url);
    expect(reachable).toEqual({
      status: 'fail',
      message: expect.stringMatching(/^the certificate is self-signed: give/),
    });
  });

  it('reports a server that hangs', async () => {
    const { url } = await serve(() => undefined);
    const { reachable } = await findingsOf(url, { timeoutMs: 200 });
    expect(reachable).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/no answer within 0\.2 s: .*H12/),
    });
  });

  it('reports a server that drips', async () => {
    const { url } = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n[');
    });
    const findings = await findingsOf(url, { timeoutMs: 200 });
    expect(findings.reachable.status).toBe('ok');
    expect(findings['info-header']).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/no end of the answer/),
    });
    expect(findings.shape.status).toBe('skip');
  });

  it('does not follow a redirect with the token, nor sends it anywhere else', async () => {
    const seen: string[] = [];
    const other = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.end();
    });
    const { url } = await serve((request, response) =>
      response.writeHead(301, { location: `${other.url}${request.url ?? ''}` }).end(),
    );
    const findings = await findingsOf(url);
    expect(seen).toEqual([]);
    expect(findings['info-path']).toMatchObject({ status: 'fail', message: expect.stringMatching(/^a redirect/) });
    expect(findings['info-path'].seen).toMatch(/^301 .*\/hirefire\/\*\*\*\/info$/);
  });

  it('reports polls that fail now and then', async () => {
    let polls = 0;
    const { url } = await serve(
      agent({
        answer: (_request, response) => (++polls === 3 ? response.writeHead(503).end('{"errors":[]}') : good(response)),
      }),
    );
    const findings = await findingsOf(url);
    expect(troublesOf(findings)).toEqual({ 'answer-time': 'fail', parallel: 'skip' });
    expect(findings['answer-time'].message).toMatch(/^1 of 2 polls failed: 503/);
  });

  it('reports polls that fail when they come together', async () => {
    let open = 0;
    const { url } = await serve(
      agent({
        answer: (_request, response) => {
          open++;
          setTimeout(() => {
            good(response, open > 2 ? 500 : 200);
            open--;
          }, 50);
        },
      }),
    );
    const findings = await findingsOf(url);
    expect(troublesOf(findings)).toEqual({ parallel: 'fail' });
    expect(findings.parallel.message).toMatch(/^at once, \d+ of 10 polls failed: /);
  });

  it('reports polls that wait for each other', async () => {
    let last = Promise.resolve();
    const { url } = await serve(
      agent({
        answer: ({ socket }, response) => {
          last = last.then(async () => {
            good(response);
            // Once the poll's time is taken.
            await once(socket, 'close');
            pass(100);
          });
        },
      }),
    );
    expect(troublesOf(await findingsOf(url))).toEqual({ parallel: 'warn' });
  });

  it('reports an app that is slow', async () => {
    let polls = 0;
    const { url } = await serve(
      agent({
        answer: (_request, response) => {
          // The first of the polls whose time is taken.
          pass(++polls === 3 ? 1005 : 0);
          good(response);
        },
      }),
    );
    const findings = await findingsOf(url);
    expect(troublesOf(findings)).toEqual({ 'answer-time': 'warn' });
    expect(findings['answer-time'].message).toMatch(/^slow: min 0 ms, median 1005 ms, max 1005 ms: /);
  });

  it('shows no more of an answer than fits on a line, and nothing that moves a cursor', async () => {
    const { url } = await serve(
      agent({ info: [{ name: `\u001b[2J\u009b\n${'x'.repeat(5000)}`, value: `${TOKEN}\u202e` }] }),
    );
    const { shape } = await findingsOf(url);
    expect(shape.status).toBe('fail');
    // eslint-disable-next-line no-control-regex
    expect(`${shape.message}${shape.seen ?? ''}`).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(`${shape.message}${shape.seen ?? ''}`).not.toContain(TOKEN);
    expect(shape.message.length).toBeLessThan(2000);
  });
});

function good(response: ServerResponse, status = 200): void {
  response.writeHead(status, AGENT_HEADERS).end('[{"name":"worker","value":1}]');
}

/** An app without an agent has no test page either. */
function expectTestPage({ test }: Findings, { test: page }: Agent): void {
  expect(test.status).toBe(page === undefined ? 'ok' : 'fail');
}
