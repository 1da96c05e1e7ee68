/** The router passes on requests as the user framed them, and answers as the dyno gave them. */
import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { bodyOf, routerForEach } from './support/router.js';

const run = routerForEach();

describe('a request', () => {
  const HEAD = 'HTTP/1.1\r\nHost: x\r\n';

  /** The text that a dyno gets. */
  async function seenFor(text: string, end: string): Promise<string> {
    let seen = '';
    const whole = new Promise<void>((resolve) => {
      void run().rawDyno('web.1', (socket) =>
        socket.on('data', (chunk: Buffer) => {
          seen += chunk.toString('latin1');
          if (seen.endsWith(end)) {
            socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
            resolve();
          }
        }),
      );
    });
    while (run().up.length === 0) {
      await new Promise(setImmediate);
    }
    await run().raw(text).received('\r\n\r\n');
    await whole;
    return seen;
  }

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s without a body has no framing', async (method) => {
    const seen = await seenFor(`${method} / ${HEAD}\r\n`, '\r\n\r\n');
    expect(seen).not.toMatch(/transfer-encoding|content-length/i);
  });

  it.each(['GET', 'POST', 'DELETE', 'OPTIONS'])('%s with a length keeps it', async (method) => {
    const seen = await seenFor(`${method} / ${HEAD}Content-Length: 3\r\n\r\nabc`, 'abc');
    expect(seen).toContain('\r\nContent-Length: 3\r\n');
    expect(seen).not.toMatch(/transfer-encoding/i);
  });

  it.each(['GET', 'POST', 'DELETE'])('%s in chunks stays in chunks', async (method) => {
    const body = '3\r\nabc\r\n0\r\n\r\n';
    const seen = await seenFor(`${method} / ${HEAD}Transfer-Encoding: chunked\r\n\r\n${body}`, body);
    expect(seen).toContain('\r\nTransfer-Encoding: chunked\r\n');
    expect(seen).not.toMatch(/content-length/i);
  });

  it('of length 0 keeps that', async () => {
    expect(await seenFor(`POST / ${HEAD}Content-Length: 0\r\n\r\n`, '\r\n\r\n')).toContain('\r\nContent-Length: 0\r\n');
  });

  it('leaves out the headers of its connection, and keeps each value of the others', async () => {
    const headers = 'Connection: close, X-Hop, Host\r\nX-Hop: 1\r\nTE: trailers\r\nX-Twice: a\r\nx-twice: b\r\n';
    const seen = await seenFor(`GET / ${HEAD}${headers}\r\n`, '\r\n\r\n');
    expect(seen).toContain('\r\nHost: x\r\n');
    expect(seen).toContain('\r\nX-Twice: a\r\nX-Twice: b\r\n');
    expect(seen).not.toMatch(/x-hop|TE:/i);
  });

  it('is refused, not sent on, when its path has a tab', async () => {
    await run().dyno('web.1', (_, response) => response.end());
    expect(await run().raw(`GET /a\tb ${HEAD}\r\n`).received('\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('has a head of more than 16 KB', async () => {
    let length = 0;
    const listener = ({ headers }: IncomingMessage): number => (length = headers['x-long']?.length ?? 0);
    await run().dyno('web.1', (incoming, response) => response.end(String(listener(incoming))), {
      maxHeaderSize: 1e6,
    });
    const answer = await fetch(run().url, { headers: { 'X-Long': 'x'.repeat(100_000) } });
    expect(answer.status).toBe(200);
    expect(length).toBe(100_000);
  });
});

describe('an answer', () => {
  it('has its head passed on before the first byte of its body', async () => {
    await run().dyno('web.1', (_, response) => response.writeHead(200, { 'X-Of-App': 'yes' }).flushHeaders());
    const sent = request(run().url).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.headers['x-of-app']).toBe('yes');
    sent.destroy();
  });

  it('has a head of more than 16 KB', async () => {
    await run().dyno('web.1', (_, response) => response.setHeader('X-Long', 'x'.repeat(100_000)).end('body'));
    const sent = request(run().url, { maxHeaderSize: 1e6 }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.headers['x-long']).toHaveLength(100_000);
    expect(await bodyOf(answer)).toBe('body');
  });

  it('leaves out the headers of its connection', async () => {
    await run().dyno('web.1', (_, response) =>
      response.writeHead(200, { Connection: 'keep-alive, X-Hop', 'X-Hop': '1' }).end(),
    );
    expect((await fetch(run().url)).headers.has('x-hop')).toBe(false);
  });

  it.each([
    [413, 'closes the connection'],
    [401, 'reads no more'],
  ])('%s to an upload reaches the user though the dyno %s', async (status, how) => {
    await run().dyno('web.1', (incoming, response) => {
      const end = (): unknown => (how === 'reads no more' ? incoming.pause() : incoming.socket.destroySoon());
      response.writeHead(status, { Connection: 'close' }).end('no', end);
    });
    for (let times = 0; times < 20; times++) {
      const sent = request(run().url, { method: 'POST', headers: { 'Content-Length': 20_000_000 } });
      sent.on('error', () => undefined).end(Buffer.alloc(20_000_000));
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      expect([answer.statusCode, await bodyOf(answer)]).toEqual([status, 'no']);
      sent.destroy();
    }
    expect(run().codes).toEqual(Array.from({ length: 20 }, () => undefined));
  });

  it('may end before the request: the dyno gets the whole body', async () => {
    let body = '';
    const read = new Promise<void>((resolve) => {
      void run().dyno('web.1', (incoming, response) => {
        response.end('early');
        void bodyOf(incoming).then((text) => {
          body = text;
          resolve();
        });
      });
    });
    while (run().up.length === 0) {
      await new Promise(setImmediate);
    }
    const user = run().raw('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc');
    await user.received('early');
    user.socket.write('def');
    await read;
    expect(body).toBe('abcdef');
  });
});

describe('a request runs once', () => {
  it('when a dyno works on it and then closes the connection, whatever connections are kept', async () => {
    let runs = 0;
    await run().dyno('web.1', ({ url, socket }, response) => {
      if (url === '/closes') {
        runs++;
        setTimeout(() => socket.destroy(), 50);
      } else {
        setTimeout(() => response.end(), 20);
      }
    });
    await Promise.all(Array.from({ length: 8 }, async () => (await fetch(run().url)).text()));
    const answer = await fetch(`${run().url}/closes`);
    expect([answer.status, runs]).toEqual([503, 1]);
    expect(run().codes.at(-1)).toBe('H13');
  });

  it.each(['GET', 'POST'])('a %s, over a new connection when the dyno has closed the kept one', async (method) => {
    const connections = new Set<unknown>();
    await run().dyno('web.1', ({ socket }, response) => {
      connections.add(socket);
      response.end('x', () => socket.destroySoon());
    });
    for (let count = 1; count <= 50; count++) {
      expect((await fetch(run().url, { method })).status).toBe(200);
      expect(connections.size).toBe(count);
    }
  });

  it('over a kept connection, while the dyno keeps it', async () => {
    const connections = new Set<unknown>();
    await run().dyno('web.1', ({ socket }, response) => {
      connections.add(socket);
      response.end('x');
    });
    for (const method of ['GET', 'POST', 'GET']) {
      await (await fetch(run().url, { method, ...(method === 'POST' && { body: 'x' }) })).text();
    }
    expect(connections.size).toBe(1);
  });
});
