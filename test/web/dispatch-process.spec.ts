/** Real processes, side by side because each takes real seconds: how they end, and what they still send. */
import { expect, it } from '@jest/globals';
import { answer, DispatchServer, hang, queueTimesOf } from '../support/dispatch-server.js';
import { WebProcess } from '../support/web-process.js';

async function withProcess(
  test: (web: WebProcess, server: DispatchServer) => Promise<void>,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const server = await DispatchServer.start();
  try {
    const web = await WebProcess.start({ HIREFIRE_TOKEN: 'token', HIREFIRE_DISPATCH_URL: server.url, ...env });
    try {
      await test(web, server);
    } finally {
      web.kill('SIGKILL');
      await web.ended;
    }
  } finally {
    await server.close();
  }
}

const measure = (web: WebProcess, count: number): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, () => web.get('/', 1_000)));

/** Longer than a test may last. */
const LONG = { 'HireFire-Resource-Dispatch-Interval': '60', 'HireFire-Resource-Dispatch-Timeout': '30' };

it.concurrent('a process with nothing else to do does not wait for the next POST', () =>
  withProcess(async (web, server) => {
    server.react = answer(200, LONG);
    await measure(web, 1);
    await server.until(() => server.taken.length === 1);
    await measure(web, 1);
    await web.get('/end', 1);

    expect(await web.ended).toEqual({ code: 0, signal: null });
    expect(server.posts).toHaveLength(1);
  }),
);

it.concurrent('nor for the answer to the one under way', () =>
  withProcess(async (web, server) => {
    server.react = answer(200, { ...LONG, 'HireFire-Resource-Dispatch-Interval': '1' });
    await measure(web, 1);
    await server.until(() => server.taken.length === 1);
    server.react = hang;
    await measure(web, 1);
    await server.until(() => server.inFlight === 1);
    await web.get('/end');

    expect(await web.ended).toEqual({ code: 0, signal: null });
  }),
);

it.concurrent('SIGTERM: every request that was measured arrives once, with a POST under way and while more come', () =>
  withProcess(
    async (web, server) => {
      server.react = hang;
      await measure(web, 100);
      await server.until(() => server.inFlight === 1);
      await measure(web, 100);
      const more = Promise.allSettled(Array.from({ length: 100 }, () => web.get('/', 1_000)));
      web.kill('SIGTERM');
      server.react = answer(200);
      server.answerLate();
      await more;

      expect(await web.ended).toEqual({ code: null, signal: 'SIGTERM' });
      const measured = web.lines.filter((line) => line.startsWith('[hirefire:router] queue='));
      expect(measured.length).toBeGreaterThanOrEqual(200);
      expect(queueTimesOf(server.posts)).toHaveLength(measured.length);
    },
    { LOG: '1' },
  ),
);

it.concurrent('SIGTERM while HireFire hangs: logs the loss, and ends', () =>
  withProcess(async (web, server) => {
    server.react = answer(200, { 'HireFire-Resource-Dispatch-Timeout': '1' });
    await measure(web, 1);
    await server.until(() => server.taken.length === 1);
    server.react = hang;
    await measure(web, 5);
    web.kill('SIGTERM');

    expect(await web.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(web.lines.filter((line) => line.includes('lost: 5.'))).toHaveLength(1);
  }),
);
