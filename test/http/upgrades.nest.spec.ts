/** WebSocket handshakes work and are measured; without a listener they are plain requests, as before. */
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplication } from '@nestjs/common';
import { portOf, serverOf } from '../support/http-client.js';
import { ADAPTERS, startHost, type HttpHost } from '../support/http-hosts.js';
import { stoppedClock } from '../support/clock.js';
import { closingAfterEach, LOG_ONLY, queuedFor, routerLines } from '../web/support.js';

stoppedClock();
const lines = routerLines();
const closing = closingAfterEach();

const KEY = Buffer.alloc(16, 7).toString('base64');
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** Takes every handshake by RFC 6455, and sends back what it is sent. */
function echo(_request: IncomingMessage, socket: Duplex): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
  );
  socket.pipe(socket);
}

/** The result of a handshake: the echo of `ping`, or the status of a plain answer. */
async function handshake(app: INestApplication, queueTime: number, path = '/cats/tom'): Promise<string | number> {
  const sent = request({
    host: '127.0.0.1',
    port: portOf(app),
    path,
    headers: {
      ...queuedFor(queueTime),
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Key': KEY,
    },
  });
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('upgrade', (response, socket) => {
      expect(response.headers['sec-websocket-accept']).toBe(ACCEPT);
      socket.write('ping');
      void once(socket, 'data').then(([data]) => {
        socket.destroy();
        resolve(String(data));
      }, reject);
    });
    sent.end();
  });
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  const serve = async (host: Omit<HttpHost, 'name'> = {}): Promise<{ app: INestApplication; server: Server }> => {
    const app = closing(await startHost({ name: 'an app', ...host }, adapter, LOG_ONLY));
    return { app, server: serverOf(app) };
  };

  it('a handshake without a listener is answered as a plain request, and measured once', async () => {
    const { app, server } = await serve();
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await handshake(app, 1)).toBe(200);
    expect(await handshake(app, 2, '/nowhere')).toBe(404);
    expect(await lines.take()).toEqual([1, 2]);
  });

  it('a handshake that the app takes since before it listens works, and is measured once', async () => {
    const { app } = await serve({ setUp: (created) => void serverOf(created).on('upgrade', echo) });
    expect(await handshake(app, 3)).toBe('ping');
    expect(await handshake(app, 4)).toBe('ping');
    expect(await lines.take()).toEqual([3, 4]);
  });

  it('a handshake that the app takes later on works, and is measured once', async () => {
    const { app, server } = await serve();
    server.on('upgrade', echo);
    expect(await handshake(app, 5)).toBe('ping');
    expect(await lines.take()).toEqual([5]);
  });

  it('a handshake with several listeners is measured once', async () => {
    const { app, server } = await serve();
    let seen = 0;
    server.on('upgrade', () => (seen += 1));
    server.on('upgrade', echo);
    server.prependListener('upgrade', () => (seen += 1));
    expect(await handshake(app, 6)).toBe('ping');
    expect(seen).toBe(2);
    expect(await lines.take()).toEqual([6]);
  });

  it('a listener that goes leaves plain requests behind', async () => {
    const { app, server } = await serve();
    server.once('upgrade', echo);
    expect(await handshake(app, 7)).toBe('ping');
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await handshake(app, 8)).toBe(200);

    server.on('upgrade', echo);
    expect(await handshake(app, 9)).toBe('ping');
    server.off('upgrade', echo);
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await handshake(app, 10)).toBe(200);

    server.on('upgrade', echo);
    server.on('upgrade', () => undefined);
    server.removeAllListeners('upgrade');
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await handshake(app, 11)).toBe(200);

    server.prependOnceListener('upgrade', echo);
    expect(await handshake(app, 12)).toBe('ping');
    expect(await handshake(app, 13)).toBe(200);
    expect(await lines.take()).toEqual([7, 8, 9, 10, 11, 12, 13]);
  });

  it('listeners that are wrapped are measured once', async () => {
    const { app, server } = await serve({ setUp: (created) => void serverOf(created).on('upgrade', echo) });
    const before = server.listeners('upgrade');
    server.removeAllListeners('upgrade');
    server.on('upgrade', (...args) => before.forEach((listener) => void Reflect.apply(listener, server, args)));
    expect(await handshake(app, 14)).toBe('ping');
    expect(await lines.take()).toEqual([14]);
  });

  it('a handshake below HireFire’s path is none of a user', async () => {
    const { app, server } = await serve();
    expect(await handshake(app, 15, '/hirefire/test')).toBe(200);
    server.on('upgrade', echo);
    expect(await handshake(app, 16, '/hirefire')).toBe('ping');
    expect(await handshake(app, 17, '/hirefires')).toBe('ping');
    expect(await lines.take()).toEqual([17]);
  });
});
