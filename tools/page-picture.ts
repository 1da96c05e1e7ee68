/**
 * `npm run page:picture`: draws docs/simulate.png, the page of a run of ten minutes that is decided by the real strategies on
 * made-up numbers. `-- <folder>` draws it there in light, in dark and as wide as a phone, to look at.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseManagerFlag } from '../cli/hirefire/managers/manager-flag.js';
import { servePage } from '../cli/page/serve-page.js';
import { dynosOnPaper } from '../cli/run/run-process.js';
import { RunState } from '../cli/run/run-state.js';
import { Scaling } from '../cli/run/scaling.js';
import { startChromium } from './chromium.js';

const SECONDS = 600;
const EVERY = 5;
const PRICES = new Map([
  ['web', 25],
  ['worker', 50],
  ['urgent', 25],
  ['mail', 25],
  ['reports', 250],
]);

/** The numbers of each process, so many seconds after the start, with so many dynos. */
const NUMBERS: Readonly<Record<string, (t: number, dynos: number) => number>> = {
  web: (t, dynos) => 8 + (190 * Math.max(0, Math.sin((t - 60) / 190)) ** 2) / dynos ** 1.5,
  worker: (t) => (t > 90 ? Math.round(180 * Math.sin(((t - 90) / 620) * Math.PI) ** 2) : 0),
  urgent: (t) => (t % 240 > 150 && t % 240 < 190 ? ((t % 240) - 150) * 1.2 : 0),
  mail: (t) => (t > 200 && t < 380 ? Math.round((380 - t) / 12) : 0),
  reports: (t) => (t > 420 ? 2 : 0),
};

function madeUpRun(): RunState {
  const app = { name: 'my-shop', url: 'http://127.0.0.1:5000' };
  const state = new RunState('simulate', new Date(Date.now() - SECONDS * 1000), EVERY, 1, app);
  let t = 0;
  const scaling = new Scaling({ state, timeZone: 'UTC', now: () => t * 1000 });
  const managers = [
    'web=request-queue-time,minimum=1,maximum=4,minimumQueueTime=10,maximumQueueTime=60',
    'worker=job-queue-size,ratio=25,maximum=8,decrementable=true',
    'urgent=job-queue-latency,minimum=0,maximum=3,minimumLatency=5,maximumLatency=20',
    'mail=job-queue-size,ratio=5,maximum=3',
    'reports=job-queue-size,ratio=1,maximum=2',
  ].map(parseManagerFlag);
  managers.forEach(([name, manager]) => scaling.add(name, manager, t, PRICES.get(name)));
  for (; t <= SECONDS; t += EVERY) {
    for (const { name, history } of state.processes) {
      // One poll fails: a gap in the charts.
      const value = t === 300 ? null : (NUMBERS[name]?.(t, Math.max(history.dynos, 1)) ?? null);
      scaling.checkup(name, value, t);
    }
    if (t === 300) {
      const message = 'a poll failed: no answer within 30 s';
      state.addProblem({ kind: 'poll-failed', process: null, dyno: null, t, message });
    }
    if (t === 455) {
      const message = 'worker.2 did not end within 30 s of SIGTERM and was killed';
      state.addProblem({ kind: 'killed', process: 'worker', dyno: 'worker.2', t, message });
    }
  }
  const lines = ['compressing image-2041.png', 'compressed image-2041.png in 812 ms'];
  const [first, ...rest] = dynosOnPaper('worker', state.known('worker').history.dynos);
  const stopping = dynosOnPaper('worker', 1).map((dyno) => ({
    ...dyno,
    name: 'worker.9',
    status: 'stopping' as const,
  }));
  state.setDynos('worker', [...(first ? [{ ...first, lastLines: lines }] : []), ...rest, ...stopping], SECONDS);
  state.setDynos(
    'reports',
    dynosOnPaper('reports', 2).map((dyno, index) => (index === 1 ? { ...dyno, status: 'starting' } : dyno)),
    SECONDS,
  );
  return state;
}

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const [folder] = process.argv.slice(2);
const page = await servePage(
  madeUpRun(),
  {
    setManager: () => undefined,
    scale: () => undefined,
    load: {
      now: () => ({ path: '/search', perSecond: 50, sent: 30_000, failed: 0, statuses: {}, leftOut: 0 }),
      set: () => undefined,
    },
    configFile: { path: 'hirefire.json', save: () => Promise.resolve(true) },
  },
  pathToFileURL('dist/cli/page.html'),
);
const browser = await startChromium();
try {
  const draw = async (
    file: string,
    viewport: typeof WIDE,
    colorScheme: 'light' | 'dark',
    details?: string,
  ): Promise<void> => {
    const tab = await browser.newPage({ viewport, colorScheme, timezoneId: 'UTC' });
    await tab.goto(page.url);
    await tab.locator('svg').last().waitFor();
    if (details !== undefined) {
      await tab.getByRole('button', { name: `Details of ${details}` }).click();
    }
    await tab.screenshot({ path: file, fullPage: details !== undefined || viewport === PHONE });
    await tab.close();
  };
  if (folder === undefined) {
    await draw('docs/simulate.png', WIDE, 'light');
  } else {
    await draw(join(folder, 'light.png'), WIDE, 'light');
    await draw(join(folder, 'details.png'), WIDE, 'light', 'worker');
    await draw(join(folder, 'dark.png'), WIDE, 'dark', 'worker');
    await draw(join(folder, 'phone.png'), PHONE, 'light');
  }
} finally {
  await browser.close();
  await page.close();
}
