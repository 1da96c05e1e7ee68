/** The load before a real server; only its interval and its clock stand still, so each count is exact. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Load, MAX_OPEN_REQUESTS } from '../../../cli/heroku/load.js';
import { UsageError } from '../../../cli/io/errors.js';
import { close, listen } from '../../../cli/io/loopback.js';
import { errorOf } from '../support/errors.js';

let server: Server;
let load: Load;
let seen: (string | undefined)[];
let answer: RequestListener;

beforeEach(async () => {
  seen = [];
  answer = (_, response) => response.end();
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
    server.emit('seen');
  });
  const port = await listen(server);
  jest.useFakeTimers({
    doNotFake: [
      'Date',
      'hrtime',
      'nextTick',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setTimeout',
      'clearTimeout',
    ],
  });
  load = new Load(() => port);
});

afterEach(async () => {
  jest.useRealTimers();
  load.close();
  await close(server);
});

async function seenRequests(count: number): Promise<void> {
  while (seen.length < count) {
    await once(server, 'seen');
  }
}

/** Lets answers arrive until the load is in that state. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a load', () => {
  it('sends its requests evenly, until it is set to 0', async () => {
    load.set('/search?q=1', 50);
    jest.advanceTimersByTime(500);
    expect(load.now).toEqual({ path: '/search?q=1', perSecond: 50, sent: 25, failed: 0, statuses: {}, leftOut: 0 });
    jest.advanceTimersByTime(500);
    await seenRequests(50);
    load.set('/search?q=1', 0);
    jest.advanceTimersByTime(5_000);
    expect(load.now).toMatchObject({ perSecond: 0, sent: 0 });
    expect(seen).toEqual(Array.from({ length: 50 }, () => 'GET /search?q=1'));
  });

  it('counts missing answers, and errors by their status', async () => {
    const answered = (): number => Object.values(load.now.statuses).reduce((sum, count) => sum + count, 0);
    answer = (request, response) =>
      seen.length === 1 ? request.socket.destroy() : response.writeHead(seen.length === 2 ? 503 : 404).end();
    load.set('/', 1);
    for (let second = 1; second <= 4; second++) {
      jest.advanceTimersByTime(1_000);
      await seenRequests(second);
      await until(() => load.now.failed === Math.min(second, 2) && answered() === second - 1);
    }
    expect(load.now).toMatchObject({ sent: 4, failed: 2, statuses: { 404: 2, 503: 1 } });
  });

  it('leaves requests out while too many wait for their answers', async () => {
    answer = () => undefined;
    load.set('/', 200);
    jest.advanceTimersByTime(10_000);
    expect(load.now).toMatchObject({ sent: MAX_OPEN_REQUESTS, leftOut: 2_000 - MAX_OPEN_REQUESTS, failed: 0 });
    await seenRequests(1);
    load.close();
    await until(() => load.now.failed === MAX_OPEN_REQUESTS);
    jest.advanceTimersByTime(10_000);
    expect(load.now.sent).toBe(MAX_OPEN_REQUESTS);
  });

  it.each([
    ['search', 1, /^Use a path of the app that begins with \//],
    ['http://other.example/', 1, /^Use a path/],
    ['/a b', 1, /^Use a path/],
    ['/\r\nHost: x', 1, /^Use a path/],
    ['/', 201, /^Use a whole number of requests a second, 0 to 200\.$/],
    ['/', -1, /^Use a whole number/],
    ['/', 0.5, /^Use a whole number/],
    ['/', NaN, /^Use a whole number/],
  ])('on %j of %d a second is refused', (path, perSecond, message) => {
    expect(errorOf(() => load.set(path, perSecond), UsageError)).toMatch(message);
    expect(load.now.perSecond).toBe(0);
  });
});
