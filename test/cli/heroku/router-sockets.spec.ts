/** WebSockets, offers of other protocols, and connections that no one answers. */
import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { bodyOf, routerForEach } from './support/router.js';

const run = routerForEach();

const HANDSHAKE = 'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
const SWITCHED = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

describe('a WebSocket', () => {
  /** A dyno that echoes; resolves with its connection. */
  async function echoing(): Promise<{ readonly socket: Promise<Duplex> }> {
    const { server } = await run().dyno('web.1', (_, response) => response.end('plain'));
    return {
      socket: new Promise((resolve) =>
        server.on('upgrade', (_, socket: Duplex) => {
          socket.write(`${SWITCHED}hello`);
          socket.pipe(socket).on('error', () => undefined);
          resolve(socket);
        }),
      ),
    };
  }

  it('passes in both directions, and ends on both sides', async () => {
    const { socket } = await echoing();
    const user = run().raw(`${HANDSHAKE}\r\n`);
    expect(await user.received('hello')).toMatch(/^HTTP\/1\.1 101 Switching\r\n[^]*Upgrade: websocket\r\n/);
    user.socket.write('ping');
    await user.received('helloping');
    expect(run().router.open).toBe(0);
    const ended = once(await socket, 'close');
    user.socket.destroy();
    await ended;
    await run().untilRouted(1);
    expect(run().codes).toEqual([undefined]);
  });

  it('gets the answer of an app that wants none, and is closed, whatever its user still sends', async () => {
    const { server } = await run().dyno('web.1', (_, response) => response.end());
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'));
    const user = run().raw(`${HANDSHAKE}\r\n${'x'.repeat(400_000)}`);
    expect(await user.received('\r\n\r\nno')).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    await user.closed;
    expect(run().codes).toEqual([undefined]);
  });

  it('is free when no one answers', async () => {
    run().times.firstByte = 100;
    const { server } = await run().dyno('web.1', (_, response) => response.end());
    const left = once(server, 'upgrade').then(async ([, socket]: unknown[]) =>
      once((socket as Duplex).resume(), 'end'),
    );
    const user = run().raw(`${HANDSHAKE}\r\n${'x'.repeat(400_000)}`);
    expect(await user.received('H12')).toMatch(/^HTTP\/1\.1 503 /);
    await Promise.all([user.closed, left]);
  });

  it('gets H14 without dynos', async () => {
    const user = run().raw(`${HANDSHAKE}\r\n`);
    expect(await user.received('H14')).toMatch(/^HTTP\/1\.1 503 /);
    await user.closed;
  });

  it('ends with the router, also one that waits for a dyno', async () => {
    run().rest = 'starting';
    const waiting = run().raw(`${HANDSHAKE}Content-Length: 0\r\n\r\n${'x'.repeat(400_000)}`);
    while (run().router.open === 0) {
      await new Promise(setImmediate);
    }
    await run().router.close();
    await waiting.closed;
  });

  it('is closed after 55 s of silence, H15', async () => {
    run().times.silence = 100;
    await echoing();
    const user = run().raw(`${HANDSHAKE}\r\n`);
    await user.closed;
    await run().untilRouted(1);
    expect(user.text).toMatch(/hello$/);
    expect(run().codes).toEqual(['H15']);
  });

  it('may follow a request over the same connection before that is answered', async () => {
    await echoing();
    const user = run().raw(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${HANDSHAKE}\r\n`);
    expect(await user.received('hello')).toMatch(/^HTTP\/1\.1 200 [^]*plain[^]*HTTP\/1\.1 101 Switching/);
  });
});

describe('an offer of another protocol is a plain request', () => {
  const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';

  async function echo(): Promise<void> {
    await run().dyno('web.1', (incoming, response) => {
      const { method = '', url = '', headers } = incoming;
      void bodyOf(incoming).then((body) =>
        response.end(`<${method} ${url} ${String(headers.upgrade)} ${String(headers['http2-settings'])} ${body}>`),
      );
    });
  }

  it.each([
    ['without a body', 'GET', '', ''],
    ['with a body', 'POST', 'Content-Length: 5\r\n', 'a=1&b'],
    ['with a large body', 'POST', 'Content-Length: 400000\r\n', 'x'.repeat(400_000)],
    ['in chunks', 'PUT', 'Transfer-Encoding: chunked\r\n', '5\r\na=1&b\r\n0\r\n\r\n'],
  ])('%s', async (_, method, framing, body) => {
    await echo();
    const user = run().raw(`${method} /path HTTP/1.1\r\nHost: x\r\n${H2C}${framing}\r\n${body}`);
    const sent = method === 'PUT' ? 'a=1&b' : body;
    expect(await user.received('>')).toContain(`<${method} /path undefined undefined ${sent}>`);
    user.text = '';
    user.socket.write('GET /next HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await user.received('>')).toContain('<GET /next undefined undefined >');
  });

  it('also when it comes again and again over one connection, before the answers', async () => {
    await echo();
    const one = `GET /path HTTP/1.1\r\nHost: x\r\n${H2C}\r\n`;
    const user = run().raw(`${one.repeat(20)}GET /last HTTP/1.1\r\nHost: x\r\n\r\n`);
    await user.received('<GET /last');
    expect(user.text.match(/<GET \/path/g)).toHaveLength(20);
  });

  it('also a WebSocket with a body, which a dyno may refuse', async () => {
    await run().dyno('web.1', (_, response) => response.writeHead(400, { Connection: 'close' }).end('refused'));
    const user = run().raw(`${HANDSHAKE}Content-Length: 400000\r\n\r\n${'x'.repeat(400_000)}`);
    expect(await user.received('refused')).toMatch(/^HTTP\/1\.1 400 /);
    await run().router.close();
    await user.closed;
  });
});

it('a user who goes away leaves nothing, also of requests whose answers wait for their turn', async () => {
  const answered = new Promise<void>((resolve) => {
    void run().dyno('web.1', ({ url }, response) => {
      if (url === '/second') {
        response.end('x', resolve);
      }
    });
  });
  while (run().up.length === 0) {
    await new Promise(setImmediate);
  }
  const user = run().raw(['/first', '/second'].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  await answered;
  user.socket.destroy();
  while (run().router.open > 0) {
    await new Promise(setImmediate);
  }
  expect(run().routed).toEqual([]);
});
