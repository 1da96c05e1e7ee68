/** A poll of an app: which way it is asked, and what is taken for a number. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { parseBaseUrl } from '../../../cli/hirefire/base-url.js';
import { excerpt } from '../../../cli/io/untrusted.js';
import { Poller, valuesOf } from '../../../cli/hirefire/poll.js';
import { agent, closeServers, serve, TOKEN, type Agent } from '../support/servers.js';

afterEach(closeServers);

interface Polled {
  readonly poller: Poller;
  /** `header` or `path`, in the order in which they came. */
  readonly asked: string[];
}

async function polled(settings: Agent): Promise<Polled> {
  const asked: string[] = [];
  const listener = agent(settings);
  const { url } = await serve((request, response) => {
    asked.push(request.url === '/hirefire' ? 'header' : 'path');
    listener(request, response);
  });
  return { poller: new Poller(parseBaseUrl(url), TOKEN), asked };
}

describe('a poller', () => {
  it('asks by the header', async () => {
    const { poller, asked } = await polled({});
    expect(await poller.poll()).toMatchObject({ ok: true, values: new Map([['worker', 4]]) });
    await poller.poll();
    expect(asked).toEqual(['header', 'header']);
  });

  it('asks by the path where only that is known, and stays with it', async () => {
    const { poller, asked } = await polled({ ways: ['path'] });
    expect(await poller.poll()).toMatchObject({ ok: true, values: new Map([['worker', 4]]) });
    expect(await poller.poll()).toMatchObject({ ok: true });
    expect(asked).toEqual(['header', 'path', 'path']);
  });

  it('asks by the path where a page of the app answers to the header', async () => {
    const { poller } = await polled({ ways: ['path'], otherwise: (_request, response) => response.end('<html>') });
    expect(await poller.poll()).toMatchObject({ ok: true, values: new Map([['worker', 4]]) });
  });

  it('does not try another way while the app can not measure', async () => {
    const { poller, asked } = await polled({
      status: 503,
      info: { errors: [{ name: 'worker', message: 'no Redis' }] },
    });
    expect(await poller.poll()).toMatchObject({ ok: false, reason: '503 worker: no Redis' });
    expect(asked).toEqual(['header']);
  });

  it.each([
    ['a page', { info: '<html>' }, 'the answer is not a JSON array of processes: see nestjs-hirefire check'],
    ['a 404', { ways: [] }, '404: another token, or no HireFire agent there: see nestjs-hirefire check'],
    ['another status', { status: 500, info: `boom\n${TOKEN}` }, '500 boom ***'],
    ['a bare status', { status: 502, info: '' }, '502'],
  ] satisfies readonly (readonly [string, Agent, string])[])(
    'says why there are no numbers: %s',
    async (_what, app, reason) => {
      const { poller } = await polled(app);
      expect(await poller.poll()).toMatchObject({ ok: false, reason });
    },
  );
});

it('names the path of the URL where a poll below it gets a 404', async () => {
  const { url } = await serve(agent());
  expect(await new Poller(parseBaseUrl(`${url}/shop`), TOKEN).poll()).toMatchObject({
    reason: '404: another token, or no HireFire agent below /shop: see nestjs-hirefire check',
  });
});

describe('a number', () => {
  it.each([
    ['[{"name":"a","value":1}]', [['a', 1]]],
    ['[{"name":"a","quantity":2}]', [['a', 2]]],
    ['[{"name":"a","quantity":2,"value":1.5}]', [['a', 1.5]]],
    ['[{"name":"a","quantity":2,"value":null}]', [['a', null]]],
    ['[{"name":"a"}]', [['a', null]]],
    [
      '[{"name":"a","value":"1"},{"name":"b","value":-1},{"name":"c","value":1e999}]',
      [
        ['a', null],
        ['b', null],
        ['c', null],
      ],
    ],
    ['[{"name":"a","value":1},{"name":"a","value":0}]', [['a', null]]],
    ['[{"name":"1st","value":1},{"value":1},null,5]', []],
  ])('is taken from %s', (body, values) => {
    expect([...(valuesOf(body) ?? [])]).toEqual(values);
  });

  it.each(['', '{}', '[', '<html>', 'null'])('is not in %j', (body) => {
    expect(valuesOf(body)).toBeUndefined();
  });
});

describe('untrusted text', () => {
  it('is shown without the token, as it is and as a URL has it', () => {
    expect(excerpt('at /hirefire/a%2Fb/info: a/b', 'a/b')).toBe('at /hirefire/***/info: ***');
  });

  it('is cut, but never in the middle of a token', () => {
    expect(excerpt(TOKEN.repeat(500), TOKEN)).toMatch(/^\*+…$/);
    for (let length = 150; length < 250; length++) {
      expect(excerpt(`${'.'.repeat(length)}${TOKEN}${'.'.repeat(500)}`, TOKEN)).not.toContain(TOKEN.slice(0, 4));
    }
  });
});
