/** Every request that reaches the app is measured, exactly once, whatever becomes of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { HttpClient, portOf, serverOf, type Question } from '../support/http-client.js';
import { ADAPTERS, hostsOf, startHost, type AdapterName, type HttpHost } from '../support/http-hosts.js';
import { stoppedClock } from '../support/clock.js';
import {
  closingAfterEach,
  LOG_ONLY,
  queuedFor,
  RawConnection,
  routerLines,
  statusesOf,
  wireRequest,
} from './support.js';

stoppedClock();
const lines = routerLines();
const closing = closingAfterEach();

const OF_USERS: readonly Question[] = [
  { path: '/cats/tom' },
  { path: '/api/cats/tom' },
  { path: '/api/public/cats/tom?queue=1' },
  { path: '/v1/cats/tom' },
  { path: '/cats/tom', method: 'HEAD' },
  { path: '/cats/tom', method: 'OPTIONS', headers: { Origin: 'https://example.com' } },
  { path: '/cats/tom', method: 'POST' },
  { path: '/' },
  { path: '/nowhere' },
  { path: '/nowhere', method: 'DELETE' },
  { path: '/cats/%ZZ' },
  { path: '/hirefireworks' },
  { path: '/hirefire-test' },
  { path: '/hirefire.json' },
  { path: '/api/hirefire/test' },
  { path: '/cats/hirefire' },
  { path: '/?/hirefire' },
  { path: '/cats/tom?next=http://localhost/hirefire/test' },
  { path: 'http://localhost/hirefireworks' },
  { path: 'http://hirefire/cats/tom' },
  { path: 'http://localhost?/hirefire' },
];

const OF_HIREFIRE: readonly Question[] = [
  { path: '/hirefire' },
  { path: '/hirefire/' },
  { path: '/hirefire?x=1' },
  { path: '/hirefire', headers: { 'HireFire-Token': 'development' } },
  { path: '/hirefire', headers: { 'HireFire-Token': 'wrong' } },
  { path: '/hirefire', method: 'POST' },
  { path: '/hirefire/test' },
  { path: '/hirefire/test/' },
  { path: '/hirefire/test', method: 'HEAD' },
  { path: '/hirefire/development/info' },
  { path: '/hirefire/development/info?x=1' },
  { path: '/hirefire/wrong/info' },
  { path: '/hirefire/%ZZ/info' },
  { path: '/HireFire/test' },
  { path: '/HIREFIRE' },
  // HireFire was given the app's URL with a slash at its end.
  { path: '//hirefire/test' },
  // As a proxy may pass them on.
  { path: 'http://localhost/hirefire/test' },
  { path: 'https://localhost:3000/hirefire?x=1' },
  { path: 'HTTP://localhost//hirefire/development/info' },
];

const withQueueTimes = (questions: readonly Question[], from = 0): Question[] =>
  questions.map((question, index) => ({
    ...question,
    headers: { ...question.headers, ...queuedFor(from + index) },
  }));

const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index);

/** Several connections have no order among them. */
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

describe.each(ADAPTERS)('on %s', (adapter) => {
  describe.each(hostsOf(adapter))('in an app with $name', (host) => {
    let app: INestApplication;
    let client: HttpClient;

    beforeAll(async () => {
      app = await startHost(host, adapter, LOG_ONLY);
      client = HttpClient.of(app);
    });

    afterAll(async () => {
      client.close();
      await app.close();
    });

    it('every request of a user is measured once, and none of HireFire', async () => {
      await client.askAll([...withQueueTimes(OF_USERS), ...withQueueTimes(OF_HIREFIRE, 1000)]);
      expect(sorted(await lines.take())).toEqual(upTo(OF_USERS.length));
    });
  });

  const serve = async (host: Omit<HttpHost, 'name'> = {}): Promise<INestApplication> =>
    closing(await startHost({ name: 'an app', ...host }, adapter, LOG_ONLY));

  it('a route of the adapter, early middleware and a static file are measured', async () => {
    const app = await serve({ setUp: (created) => answerEarly(created, adapter) });
    const client = closing(HttpClient.of(app));
    const answers = await client.askAll(
      withQueueTimes([{ path: '/raw' }, { path: '/early' }, { path: '/static/support.ts' }]),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200]);
    expect(answers[2]?.body).toContain('routerLines');
    expect(sorted(await lines.take())).toEqual([0, 1, 2]);
  });

  it('every request of a kept-alive connection is measured', async () => {
    const port = portOf(await serve());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const localPorts = new Set<unknown>();
    for (const queueTime of [5, 0, 17, 17]) {
      const sent = request({ host: '127.0.0.1', port, agent, path: '/cats/tom', headers: queuedFor(queueTime) });
      sent.on('socket', (socket) => socket.once('connect', () => localPorts.add(socket.localPort)));
      sent.end();
      const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
      response.resume();
      await once(response, 'end');
    }
    agent.destroy();
    expect(localPorts.size).toBe(1);
    expect(await lines.take()).toEqual([5, 0, 17, 17]);
  });

  it('every request of a pipeline is measured, in order', async () => {
    const connection = RawConnection.to(portOf(await serve()));
    const paths = ['/cats/a', '/hirefire/test', '/nowhere', '/cats/b'];
    connection.send(
      [
        ...paths.map((path, index) => wireRequest(`GET ${path}`, queuedFor(index))),
        `POST /cats/c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nX-Request-Start: ${Date.now() - 4}\r\n\r\nabc`,
        wireRequest('GET /cats/d', { ...queuedFor(5), Connection: 'close' }),
      ].join(''),
    );
    expect(statusesOf(await connection.answer())).toEqual([200, 200, 404, 200, 404, 200]);
    expect(await lines.take()).toEqual([0, 2, 3, 4, 5]);
  });

  it('an upload that is broken off is measured once', async () => {
    const app = await serve();
    const arrived = once(serverOf(app), 'request');
    const connection = RawConnection.to(portOf(app));
    connection.send(wireRequest('POST /cats/tom', { ...queuedFor(7), 'Content-Length': '1000' }) + 'half of it');
    await arrived;
    connection.socket.destroy();
    await connection.answer();
    expect(await lines.take()).toEqual([7]);
  });

  it('an upload that asks before it comes is measured once', async () => {
    const connection = RawConnection.to(portOf(await serve()));
    connection.send(
      wireRequest('POST /cats/tom', {
        ...queuedFor(8),
        Connection: 'close',
        Expect: '100-continue',
        'Content-Length': '2',
      }),
    );
    await once(connection.socket, 'data');
    connection.send('{}');
    expect(statusesOf(await connection.answer())).toEqual([100, 404]);
    expect(await lines.take()).toEqual([8]);
  });

  it('an upload in chunks and a request of HTTP/1.0 are measured', async () => {
    const port = portOf(await serve());
    const chunked = RawConnection.to(port);
    chunked.send(
      wireRequest('POST /cats/tom', { ...queuedFor(1), Connection: 'close', 'Transfer-Encoding': 'chunked' }) +
        '2\r\n{}\r\n0\r\n\r\n',
    );
    expect(statusesOf(await chunked.answer())).toEqual([404]);
    const old = RawConnection.to(port);
    old.send(`GET /cats/tom HTTP/1.0\r\nX-Request-Start: ${Date.now() - 2}\r\n\r\n`);
    expect(statusesOf(await old.answer())).toEqual([200]);
    expect(await lines.take()).toEqual([1, 2]);
  });

  it('what is no HTTP is not measured, and the next connection is', async () => {
    const port = portOf(await serve());
    for (const garbage of [
      'garbage\r\n\r\n',
      wireRequest('GET /cats/tom', { ...queuedFor(1), 'Bad Name': 'x' }),
      wireRequest('GET /cats/tom', { 'X-Filler': 'x'.repeat(20_000), ...queuedFor(1) }),
    ]) {
      const connection = RawConnection.to(port);
      connection.send(garbage);
      await connection.answer();
    }
    const connection = RawConnection.to(port);
    connection.send(wireRequest('GET /cats/tom', { ...queuedFor(3), Connection: 'close' }));
    expect(statusesOf(await connection.answer())).toEqual([200]);
    expect(await lines.take()).toEqual([3]);
  });

  it('a request without the header, or with one that holds no time, is answered and not measured', async () => {
    const client = closing(HttpClient.of(await serve()));
    const answers = await client.askAll(
      [{}, { 'X-Request-Start': '' }, { 'X-Request-Start': 't=' }, { 'X-Request-Start': 'NaN' }, queuedFor(60_001)].map(
        (headers) => ({ path: '/cats/tom', headers }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual(answers.map(() => [200, 'meow']));
    expect(await lines.take()).toEqual([]);
  });
});

/** A route of the adapter's own, a folder of files, and something in front of all that refuses `/early`. */
async function answerEarly(app: INestApplication, adapter: AdapterName): Promise<void> {
  const http = app.getHttpAdapter();
  http.get('/raw', (_request: unknown, response: unknown) => void http.reply(response, 'raw'));
  const folder = express.static(dirname(fileURLToPath(import.meta.url)));
  if (adapter === 'Express') {
    app.use('/early', (_request: unknown, response: express.Response) => void response.sendStatus(403));
    app.use('/static', folder);
    return;
  }
  const fastify = fastifyOf(http);
  fastify.addHook('onRequest', (asked, reply, done) => {
    if (asked.url === '/early') {
      void reply.code(403).send();
    } else {
      done();
    }
  });
  app.use('/static', folder);
}

interface Fastify {
  addHook(name: 'onRequest', hook: (asked: { url: string }, reply: FastifyReply, done: () => void) => void): unknown;
}

interface FastifyReply {
  code(status: number): { send(): unknown };
}

function fastifyOf(adapter: unknown): Fastify {
  if (adapter instanceof FastifyAdapter) {
    return adapter.getInstance<Fastify>();
  }
  throw new Error('not on Fastify');
}
