/** POSTs to HireFire run in no request's trace. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { HireFireModule } from '../../lib/index.js';
import { answer, DispatchServer, type Reaction } from '../support/dispatch-server.js';
import { HttpClient, serverOf } from '../support/http-client.js';
import { QUIET } from '../support/http-hosts.js';
import { closingAfterEach } from './support.js';

const traces = new AsyncLocalStorage<string>();
const closing = closingAfterEach();
/** The trace of each POST, and of each timer that is set in its course. */
let posts: (string | undefined)[];
let timers: (string | undefined)[];

const onRequest = (message: unknown): void => {
  const request: unknown = Reflect.get(Object(message), 'request');
  if (request instanceof ClientRequest && request.method === 'POST') {
    posts.push(traces.getStore());
  }
};

beforeEach(() => {
  [posts, timers] = [[], []];
  subscribe('http.client.request.start', onRequest);
  const later = setTimeout;
  // A twentieth of the time; timers themselves keep the trace that they were set in.
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((callback, ms = 0) => {
    timers.push(traces.getStore());
    return later(() => callback(), ms / 20);
  });
});

afterEach(() => {
  unsubscribe('http.client.request.start', onRequest);
  jest.restoreAllMocks();
});

const reset: Reaction = ({ socket }) => socket.resetAndDestroy();

it('no POST runs in the trace of a request, neither after failures nor when there is always more to send', async () => {
  const hireFire = closing(await DispatchServer.startWithoutTls());
  const imports = [HireFireModule.forRoot({ token: 'secret', web: { url: hireFire.url } })];
  const app = closing(await NestFactory.create({ module: class AppModule {}, imports }, QUIET));
  await app.listen(0, '127.0.0.1');
  const server = serverOf(app);
  const emit = server.emit.bind(server);
  let requests = 0;
  // As OpenTelemetry does it.
  jest
    .spyOn(server, 'emit')
    .mockImplementation((...args: Parameters<typeof emit>) => traces.run(`request ${++requests}`, () => emit(...args)));
  const client = closing(HttpClient.of(app));
  const reactions: Reaction[] = [answer(500), reset, answer(200)];
  const measureOne = (): Promise<unknown> => client.get('/', { 'X-Request-Start': `${Date.now()}` });

  hireFire.react = (exchange) => {
    // While this POST is under way, the next one gets something to send.
    const react = reactions.shift() ?? answer(200);
    void measureOne().then(() => react(exchange));
  };
  await measureOne();
  await hireFire.until(() => hireFire.posts.length >= 5 && hireFire.inFlight === 0);
  hireFire.react = answer(200);
  await app.close();

  expect(requests).toBeGreaterThan(5);
  expect(posts.length).toBeGreaterThanOrEqual(5);
  expect(new Set([...posts, ...timers])).toEqual(new Set([undefined]));
});
