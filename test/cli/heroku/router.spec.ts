/** The router before real servers, with Heroku's times shortened. */
import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { MAX_ACTIVE_PER_DYNO } from '../../../cli/heroku/router.js';
import { bodyOf, routerForEach, TIMES } from './support/router.js';

const run = routerForEach();

describe('a request', () => {
  it('reaches a dyno with the headers of the router, and its own ones', async () => {
    let seen: IncomingMessage | undefined;
    await run().dyno('web.1', (incoming, response) => {
      seen = incoming;
      response.writeHead(201, 'Made', { 'Set-Cookie': ['a=1', 'b=2'], 'X-Of-App': 'yes' }).end('body');
    });
    const before = Date.now();
    const sent = request(`${run().url}/path?query=1`, {
      headers: {
        Host: 'example.org',
        'X-Forwarded-For': '1.2.3.4',
        'X-Forwarded-Proto': 'https',
        'X-Request-Start': '1',
        'X-Request-Id': 'short',
        'X-Of-User': 'yes',
      },
    }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(await bodyOf(answer)).toBe('body');
    expect([answer.statusCode, answer.statusMessage]).toEqual([201, 'Made']);
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-of-app': 'yes' });
    expect(seen?.url).toBe('/path?query=1');
    expect(seen?.headers).toMatchObject({
      host: 'example.org',
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': new URL(run().url).port,
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      'x-of-user': 'yes',
    });
    const start = Number(seen?.headers['x-request-start']);
    expect(start).toBeGreaterThanOrEqual(before);
    expect(start).toBeLessThanOrEqual(Date.now());
    expect(run().routed).toEqual([
      { method: 'GET', path: '/path', dyno: 'web.1', ms: expect.any(Number), code: undefined },
    ]);
  });

  it('keeps an id that another router gave it', async () => {
    let id: unknown;
    await run().dyno('web.1', (incoming, response) => {
      id = incoming.headers['x-request-id'];
      response.end();
    });
    await fetch(run().url, { headers: { 'X-Request-Id': 'one-that-is-long-enough' } });
    expect(id).toBe('one-that-is-long-enough');
  });

  it('is counted, a poll is not', async () => {
    await run().dyno('web.1', (_, response) => response.end());
    await fetch(`${run().url}/poll`);
    await fetch(`${run().url}/other`);
    expect(run().routed.map(({ path }) => path)).toEqual(['/other']);
  });

  it('goes to any of the dynos', async () => {
    await run().dyno('web.1', (_, response) => response.end());
    await run().dyno('web.2', (_, response) => response.end());
    while (new Set(run().routed.map(({ dyno: name }) => name)).size < 2) {
      await fetch(run().url);
    }
    expect(run().codes.every((code) => code === undefined)).toBe(true);
  });

  it('goes to another dyno when one refuses the connection, with its whole body', async () => {
    await run().refusing('web.1');
    await run().refusing('web.2');
    await run().dyno('web.3', (incoming, response) => void bodyOf(incoming).then((body) => response.end(body)));
    const body = 'x'.repeat(1_000_000);
    const answer = await fetch(run().url, { method: 'POST', body });
    expect(await answer.text()).toBe(body);
    expect(run().codes).toEqual([undefined]);
  });

  it('waits in the queue while every dyno is busy', async () => {
    const waiting: (() => void)[] = [];
    let hasOverflowed: () => void = () => undefined;
    const full = new Promise<void>((resolve) => (hasOverflowed = resolve));
    await run().dyno('web.1', (_, response) => {
      waiting.push(() => response.end());
      if (waiting.length === MAX_ACTIVE_PER_DYNO) {
        hasOverflowed();
      }
    });
    const answers = Array.from({ length: MAX_ACTIVE_PER_DYNO + 1 }, () => fetch(run().url));
    await full;
    expect(waiting).toHaveLength(MAX_ACTIVE_PER_DYNO);
    waiting[0]?.();
    await Promise.race(answers);
    while (waiting.length === MAX_ACTIVE_PER_DYNO) {
      await new Promise(setImmediate);
    }
    waiting.forEach((end) => end());
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('waits in the queue while the first dyno boots', async () => {
    run().rest = 'starting';
    const answer = fetch(run().url);
    await run().dyno('web.1', (_, response) => response.end('late'));
    run().router.dynosChanged();
    expect(await (await answer).text()).toBe('late');
  });
});

describe('a request that gets no answer of the app is answered 503', () => {
  async function lost(): Promise<string> {
    const answer = await fetch(run().url);
    expect(answer.status).toBe(503);
    return answer.text();
  }

  it('H10: the dynos have crashed', async () => {
    run().rest = 'crashed';
    expect(await lost()).toContain('H10');
    expect(run().codes).toEqual(['H10']);
  });

  it.each([
    ['H10', 'crashes'],
    ['H13', 'is stopped'],
  ])('%s: the dyno %s with the request under way, which no other dyno is sent', async (code, what) => {
    const seen: string[] = [];
    for (const name of ['web.1', 'web.2']) {
      const started = await run().dyno(name, ({ socket, url: path }, response) => {
        if (path === '/last') {
          seen.push(name);
          run().crashed = what === 'crashes' ? [started] : [];
          run().up = run().up.filter(({ port }) => port !== started.port);
          socket.destroy();
        } else {
          response.end();
        }
      });
    }
    // Over a connection that is kept.
    await Promise.all(Array.from({ length: 8 }, () => fetch(run().url)));
    expect(await (await fetch(`${run().url}/last`)).text()).toContain(code);
    expect(run().routed.at(-1)).toMatchObject({ code, dyno: seen[0] });
    expect(seen).toHaveLength(1);
  });

  it('H12: no first byte in time; the dyno gets further ones', async () => {
    let isSlow = true;
    await run().dyno('web.1', (_, response) => {
      if (!isSlow) {
        response.end();
      }
    });
    run().times.firstByte = 200;
    expect(await lost()).toContain('H12');
    run().times.firstByte = TIMES.firstByte;
    isSlow = false;
    expect((await fetch(run().url)).status).toBe(200);
    expect(run().routed.map(({ code, dyno: name }) => [code, name])).toEqual([
      ['H12', 'web.1'],
      [undefined, 'web.1'],
    ]);
  });

  it('H13: the dyno closes the connection', async () => {
    await run().dyno('web.1', ({ socket }) => socket.destroy());
    expect(await lost()).toContain('H13');
    expect(run().codes).toEqual(['H13']);
  });

  it('H14: there are no dynos', async () => {
    expect(await lost()).toContain('H14');
    expect(run().codes).toEqual(['H14']);
  });

  it('H15: the dyno falls silent in the middle of its answer', async () => {
    run().times.silence = 100;
    await run().dyno('web.1', (_, response) => response.writeHead(200).write('begun'));
    const user = run().raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await user.closed;
    expect(user.text).toContain('begun');
    expect(run().codes).toEqual(['H15']);
  });

  it.each([
    ['a banner', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['the status 000', 'HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n'],
    ['the status 099', 'HTTP/1.1 099 None\r\nContent-Length: 0\r\n\r\n'],
    ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n'],
    ['an upgrade without an offer', 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ])('H17: the answer is %s', async (_, text) => {
    await run().rawDyno('web.1', (socket) => socket.once('data', () => socket.write(text, 'latin1')));
    expect(await lost()).toContain('H17');
    expect(run().codes).toEqual(['H17']);
  });

  it('H20: no dyno came up in time', async () => {
    run().rest = 'starting';
    run().times.queue = 300;
    expect(await lost()).toContain('H20');
    expect(run().codes).toEqual(['H20']);
  });

  it('H21: every dyno refuses the connection', async () => {
    await run().refusing('web.1');
    await run().refusing('web.2');
    expect(await lost()).toContain('H21');
    expect(run().codes).toEqual(['H21']);
  });
});

describe('the page of a lost request', () => {
  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8', /^<!DOCTYPE html>[^]*H14/],
    ['*/*', 'text/plain; charset=utf-8', /^Application error: H14, /],
  ])('for one that accepts %s is %s', async (accept, type, text) => {
    const answer = await fetch(run().url, { headers: { Accept: accept } });
    expect(answer.headers.get('content-type')).toBe(type);
    expect(await answer.text()).toMatch(text);
  });

  it('ends a connection that is to be closed, and keeps another', async () => {
    const closing = run().raw('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await closing.closed;
    expect(closing.text).toContain('H14');
    const kept = run().raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.received('H14');
    kept.text = '';
    kept.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.received('H14');
  });
});

it('H28 is a user who falls silent in the middle of an upload', async () => {
  run().times.silence = 100;
  await run().dyno('web.1', (incoming) => incoming.resume());
  const user = run().raw('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nbegun');
  await user.closed;
  expect(user.text).toBe('');
  expect(run().codes).toEqual(['H28']);
});

it('a 200 with a 101 behind it is a 200', async () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n';
  await run().rawDyno('web.1', (socket) => socket.on('data', () => socket.write(text)));
  for (let times = 0; times < 3; times++) {
    expect(await (await fetch(run().url)).text()).toBe('ok');
  }
  expect(run().codes).toEqual([undefined, undefined, undefined]);
});

it('a request with a trailer that is no trailer reaches the dyno', async () => {
  await run().dyno('web.1', (_, response) => response.end('ok'));
  const user = run().raw(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nTrailer: X\r\n\r\n',
  );
  await user.received('ok');
});

it('H18 is an answer that a dyno cuts off: so does the router', async () => {
  await run().dyno('web.1', (_, response) => {
    response.writeHead(200, { 'Content-Length': '10' });
    response.write('12345', () => response.destroy());
  });
  await expect(fetch(run().url).then((answer) => answer.text())).rejects.toThrow('terminated');
  expect(run().codes).toEqual(['H18']);
});

it('a user who goes away is not an error, and the dyno learns of it', async () => {
  let gone: Promise<unknown> = Promise.resolve();
  const arrived = new Promise<void>((resolve) => {
    void run().dyno('web.1', (_, response) => {
      gone = once(response, 'close');
      resolve();
    });
  });
  while (run().up.length === 0) {
    await new Promise(setImmediate);
  }
  const user = new AbortController();
  const answer = fetch(run().url, { signal: user.signal });
  await arrived;
  user.abort();
  await expect(answer).rejects.toThrow('aborted');
  await gone;
  expect(run().routed).toEqual([]);
  expect(run().router.open).toBe(0);
});
