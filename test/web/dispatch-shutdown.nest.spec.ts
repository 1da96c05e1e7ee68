/** Closing the app sends what is left, and takes ten seconds at most. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { answer, DispatchServer, hang, queueTimesOf } from '../support/dispatch-server.js';
import { DispatchingApp, until, untilCalm } from '../support/dispatching-app.js';

let server: DispatchServer;
let app: DispatchingApp;

beforeEach(async () => {
  server = await DispatchServer.start();
  app = await DispatchingApp.start({ web: { url: server.url } });
});

afterEach(async () => {
  await server.close();
  await app.end();
});

/** Begins to close the app; the result shows whether it is closed. */
function closing(): () => boolean {
  let isClosed = false;
  void app.close().then(() => (isClosed = true));
  return () => isClosed;
}

/** HireFire's longest time-out, which must not be the one that ends the wait. */
async function withLongTimeout(): Promise<void> {
  server.react = answer(200, { 'HireFire-Resource-Dispatch-Timeout': '30' });
  await app.measure(1);
  app.pass(1);
  await app.untilIdle();
}

const warnings = (): string[] => app.log.hireFire('warn').filter((line) => line.endsWith(' HireFire'));
const lost = (count: number): string =>
  `The app was closed before HireFire took its last request queue times; lost: ${count}. HireFire`;

it('sends what is left at once, and nothing after it', async () => {
  await app.measure(1, 2);
  await app.close();

  expect(queueTimesOf(server.taken)).toEqual([1, 2]);
  expect(app.waitsFor).toBe(undefined);
  expect(warnings()).toEqual([]);
  await until(() => server.socketsOpen === 0);
});

it('sends nothing when nothing is left', async () => {
  await app.measure(1);
  app.pass(1);
  await app.untilIdle();
  await app.close();

  expect(server.posts).toHaveLength(1);
  await until(() => server.socketsOpen === 0);
});

it('waits for the POST under way, and sends what came after it', async () => {
  server.react = hang;
  await app.measure(1);
  app.pass(1);
  await until(() => server.inFlight === 1);
  await app.measure(2);
  const isClosed = closing();
  server.react = answer(200);
  server.answerLate();
  await until(isClosed);

  expect(server.posts.map((post) => queueTimesOf([post]))).toEqual([[1], [2]]);
  expect(server.mostInFlight).toBe(1);
});

it('tries once more what failed', async () => {
  server.react = answer(500);
  await app.measure(1);
  app.pass(1);
  await app.untilNext();
  server.react = answer(200);
  await app.close();

  expect(queueTimesOf(server.taken)).toEqual([1]);
  expect(server.posts).toHaveLength(2);
});

it('logs the loss when that fails too, and does not try again', async () => {
  server.react = answer(500);
  await app.measure(1, 2, 3);
  await app.close();

  expect(server.posts).toHaveLength(1);
  expect(app.waitsFor).toBe(undefined);
  expect(warnings()).toEqual([lost(3)]);
});

it('waits no longer than the time-out', async () => {
  server.react = hang;
  await app.measure(1);
  const isClosed = closing();
  await until(() => server.inFlight === 1);
  app.pass(4.999);
  expect(isClosed()).toBe(false);
  app.pass(0.001);
  await until(isClosed);

  expect(warnings()).toEqual([lost(1)]);
});

it('waits no longer than 10 s, whatever time-out HireFire has set', async () => {
  await withLongTimeout();
  server.react = hang;
  await app.measure(2);
  const isClosed = closing();
  await until(() => server.inFlight === 1);
  app.pass(9.999);
  await untilCalm();
  expect({ closed: isClosed(), inFlight: server.inFlight }).toEqual({ closed: false, inFlight: 1 });
  app.pass(0.001);
  await until(isClosed);

  expect(warnings()).toEqual([lost(1)]);
});

it('waits no longer than 10 s for the POST under way and the last one', async () => {
  await withLongTimeout();
  server.react = hang;
  await app.measure(2);
  app.pass(1);
  await until(() => server.inFlight === 1);
  await app.measure(3);
  const isClosed = closing();
  await until(() => app.waitsFor === 5);
  app.pass(5);
  await until(() => server.posts.length === 3);
  app.pass(4.999);
  await untilCalm();
  expect(isClosed()).toBe(false);
  app.pass(0.001);
  await until(isClosed);

  expect(queueTimesOf(server.posts)).toEqual([1, 2, 2, 3]);
  expect(server.mostInFlight).toBe(1);
  expect(warnings()).toEqual([lost(2)]);
});

it('gives up a POST under way that hangs, in time for the last one', async () => {
  await withLongTimeout();
  server.react = hang;
  await app.measure(2);
  app.pass(1);
  await until(() => server.inFlight === 1);
  server.react = answer(200);
  await app.measure(3);
  const isClosed = closing();
  await until(() => app.waitsFor === 5);
  app.pass(5);
  await until(isClosed);

  expect(queueTimesOf(server.taken)).toEqual([1, 2, 3]);
  expect(warnings()).toEqual([]);
});

it('closed twice at once, waits twice and sends once', async () => {
  server.react = hang;
  await app.measure(1);
  const isClosed = closing();
  const isClosedToo = closing();
  await until(() => server.inFlight === 1);
  await untilCalm();
  expect([isClosed(), isClosedToo()]).toEqual([false, false]);
  server.answerLate();
  await until(isClosed);
  await until(isClosedToo);

  expect(server.posts).toHaveLength(1);
});
