/** The router before real servers, with Heroku's times shortened. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { WebDyno } from '../../../cli/heroku/formation.js';
import { MAX_ACTIVE_PER_DYNO, Router, type RoutedRequest } from '../../../cli/heroku/router.js';
import { freePort } from '../../../tools/redis-server.js';

/** Longer than any test takes, but for those of a time that is over. */
const TIMES = { firstByte: 10_000, queue: 10_000 };

let servers: Server[];
let up: WebDyno[];
let rest: 'starting' | 'crashed' | 'none';
let crashed: WebDyno[];
let routed: RoutedRequest[];
let times: typeof TIMES;
let router: Router;
let url: string;

beforeEach(async () => {
  [servers, up, rest, crashed, routed] = [[], [], 'none', [], []];
  times = { ...TIMES };
  router = new Router({
    formation: { up: () => up, rest: () => rest, hasCrashed: (one) => crashed.includes(one) },
    times,
    onRequest: (one) => routed.push(one),
    isPoll: ({ url: path }) => path === '/poll',
  });
  url = `http://127.0.0.1:${await router.listen(0)}`;
});

afterEach(async () => {
  await router.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function dyno(name: string, listener: RequestListener): Promise<WebDyno> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const started = { name, port: (server.address() as AddressInfo).port };
  up.push(started);
  return started;
}

async function refusing(name: string): Promise<void> {
  up.push({ name, port: await freePort() });
}

const codes = (): unknown[] => routed.map(({ code }) => code);

async function bodyOf(message: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of message) {
    body += String(chunk);
  }
  return body;
}

describe('a request', () => {
  it('reaches a dyno with the headers of the router, and its own ones', async () => {
    let seen: IncomingMessage | undefined;
    await dyno('web.1', (incoming, response) => {
      seen = incoming;
      response.writeHead(201, 'Made', { 'Set-Cookie': ['a=1', 'b=2'], 'X-Of-App': 'yes' }).end('body');
    });
    const before = Date.now();
    const sent = request(`${url}/path?query=1`, {
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
      'x-forwarded-port': new URL(url).port,
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      'x-of-user': 'yes',
    });
    const start = Number(seen?.headers['x-request-start']);
    expect(start).toBeGreaterThanOrEqual(before);
    expect(start).toBeLessThanOrEqual(Date.now());
    expect(routed).toEqual([{ method: 'GET', path: '/path', dyno: 'web.1', ms: expect.any(Number), code: undefined }]);
  });

  it('keeps an id that another router gave it', async () => {
    let id: unknown;
    await dyno('web.1', (incoming, response) => {
      id = incoming.headers['x-request-id'];
      response.end();
    });
    await fetch(url, { headers: { 'X-Request-Id': 'one-that-is-long-enough' } });
    expect(id).toBe('one-that-is-long-enough');
  });

  it('is counted, a poll is not', async () => {
    await dyno('web.1', (_, response) => response.end());
    await fetch(`${url}/poll`);
    await fetch(`${url}/other`);
    expect(routed.map(({ path }) => path)).toEqual(['/other']);
  });

  it('goes to any of the dynos', async () => {
    await dyno('web.1', (_, response) => response.end());
    await dyno('web.2', (_, response) => response.end());
    while (new Set(routed.map(({ dyno: name }) => name)).size < 2) {
      await fetch(url);
    }
    expect(codes().every((code) => code === undefined)).toBe(true);
  });

  it('goes to another dyno when one refuses the connection, with its whole body', async () => {
    await refusing('web.1');
    await refusing('web.2');
    await dyno('web.3', (incoming, response) => void bodyOf(incoming).then((body) => response.end(body)));
    const body = 'x'.repeat(1_000_000);
    const answer = await fetch(url, { method: 'POST', body });
    expect(await answer.text()).toBe(body);
    expect(codes()).toEqual([undefined]);
  });

  it('goes to the same dyno again over a new connection when a kept one was closed', async () => {
    const sockets = new Set<unknown>();
    await dyno('web.1', ({ socket }, response) => {
      // As if it had closed the connection just before the second request came.
      if (sockets.has(socket)) {
        socket.destroy();
      } else {
        sockets.add(socket);
        response.end();
      }
    });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url)).status).toBe(200);
    expect(sockets.size).toBe(2);
  });

  it('waits in the queue while every dyno is busy', async () => {
    const waiting: (() => void)[] = [];
    let hasOverflowed: () => void = () => undefined;
    const full = new Promise<void>((resolve) => (hasOverflowed = resolve));
    await dyno('web.1', (_, response) => {
      waiting.push(() => response.end());
      if (waiting.length === MAX_ACTIVE_PER_DYNO) {
        hasOverflowed();
      }
    });
    const answers = Array.from({ length: MAX_ACTIVE_PER_DYNO + 1 }, () => fetch(url));
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
    rest = 'starting';
    const answer = fetch(url);
    await dyno('web.1', (_, response) => response.end('late'));
    router.dynosChanged();
    expect(await (await answer).text()).toBe('late');
  });
});

describe('a request that gets no answer of the app is answered 503', () => {
  async function lost(): Promise<string> {
    const answer = await fetch(url);
    expect(answer.status).toBe(503);
    return answer.text();
  }

  it('H10: the dynos have crashed', async () => {
    rest = 'crashed';
    expect(await lost()).toContain('H10');
    expect(codes()).toEqual(['H10']);
  });

  it.each([
    ['H10', 'crashes'],
    ['H13', 'is stopped'],
  ])('%s: the dyno %s with the request under way, which no other dyno is sent', async (code, what) => {
    const seen: string[] = [];
    for (const name of ['web.1', 'web.2']) {
      const started = await dyno(name, ({ socket, url: path }, response) => {
        if (path === '/last') {
          seen.push(name);
          crashed = what === 'crashes' ? [started] : [];
          up = up.filter((one) => one !== started);
          socket.destroy();
        } else {
          response.end();
        }
      });
    }
    // Over a connection that is kept.
    await Promise.all(Array.from({ length: 8 }, () => fetch(url)));
    expect(await (await fetch(`${url}/last`)).text()).toContain(code);
    expect(routed.at(-1)).toMatchObject({ code, dyno: seen[0] });
    expect(seen).toHaveLength(1);
  });

  it('H12: no first byte in time; the dyno gets further ones', async () => {
    let isSlow = true;
    await dyno('web.1', (_, response) => {
      if (!isSlow) {
        response.end();
      }
    });
    times.firstByte = 200;
    expect(await lost()).toContain('H12');
    times.firstByte = TIMES.firstByte;
    isSlow = false;
    expect((await fetch(url)).status).toBe(200);
    expect(routed.map(({ code, dyno: name }) => [code, name])).toEqual([
      ['H12', 'web.1'],
      [undefined, 'web.1'],
    ]);
  });

  it('H13: the dyno closes the connection', async () => {
    await dyno('web.1', ({ socket }) => socket.destroy());
    expect(await lost()).toContain('H13');
    expect(codes()).toEqual(['H13']);
  });

  it('H14: there are no dynos', async () => {
    expect(await lost()).toContain('H14');
    expect(codes()).toEqual(['H14']);
  });

  it('H20: no dyno came up in time', async () => {
    rest = 'starting';
    times.queue = 300;
    expect(await lost()).toContain('H20');
    expect(codes()).toEqual(['H20']);
  });

  it('H21: every dyno refuses the connection', async () => {
    await refusing('web.1');
    await refusing('web.2');
    expect(await lost()).toContain('H21');
    expect(codes()).toEqual(['H21']);
  });
});

it('H18 is an answer that a dyno cuts off: so does the router', async () => {
  await dyno('web.1', (_, response) => {
    response.writeHead(200, { 'Content-Length': '10' });
    response.write('12345', () => response.destroy());
  });
  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow('terminated');
  expect(codes()).toEqual(['H18']);
});

it('a user who goes away is not an error, and the dyno learns of it', async () => {
  let gone: Promise<unknown> = Promise.resolve();
  const arrived = new Promise<void>((resolve) => {
    void dyno('web.1', (_, response) => {
      gone = once(response, 'close');
      resolve();
    });
  });
  while (up.length === 0) {
    await new Promise(setImmediate);
  }
  const user = new AbortController();
  const answer = fetch(url, { signal: user.signal });
  await arrived;
  user.abort();
  await expect(answer).rejects.toThrow('aborted');
  await gone;
  expect(routed).toEqual([]);
  expect(router.open).toBe(0);
});

describe('a WebSocket', () => {
  const HANDSHAKE = 'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

  async function received(socket: NodeJS.ReadableStream, until: string): Promise<string> {
    let text = '';
    while (!text.includes(until)) {
      const [chunk] = (await once(socket, 'data')) as unknown[];
      text += String(chunk);
    }
    return text;
  }

  it('passes in both directions, and ends on both sides', async () => {
    await dyno('web.1', (_, response) => response.end());
    let ended: Promise<unknown> = Promise.resolve();
    servers[0]?.on('upgrade', (incoming, socket) => {
      ended = once(socket, 'close');
      socket.write(
        `HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: ${incoming.headers.upgrade ?? ''}\r\n\r\nhello`,
      );
      socket.pipe(socket);
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(HANDSHAKE);
    expect(await received(socket, 'hello')).toMatch(/^HTTP\/1\.1 101 Switching\r\n[^]*Upgrade: echo\r\n/);
    socket.write('ping');
    expect(await received(socket, 'ping')).toBe('ping');
    socket.destroy();
    await ended;
    expect(codes()).toEqual([undefined]);
  });

  it('gets the answer of an app that wants none', async () => {
    await dyno('web.1', (_, response) => response.end());
    servers[0]?.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'));
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(HANDSHAKE);
    expect(await received(socket, '\r\n\r\nno')).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    socket.destroy();
  });

  it('gets H14 without dynos', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(HANDSHAKE);
    expect(await received(socket, 'H14')).toMatch(/^HTTP\/1\.1 503 /);
    await once(socket, 'close');
  });
});
