/**
 * `npm run page:picture`: draws docs/simulate.png, the page of a run of ten minutes that is decided by the real strategies on
 * made-up numbers. `-- <folder>` draws it there in light, in dark and as wide as a phone, to look at.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseManagerFlag } from '../cli/hirefire/managers/manager-flag.js';
import { servePage } from '../cli/page/serve-page.js';
import { RunState } from '../cli/run/run-state.js';
import { Scaling } from '../cli/run/scaling.js';
import { startChromium } from './chromium.js';

const SECONDS = 600;
const EVERY = 5;
const PRICES = new Map([
  ['web', 25],
  ['worker', 50],
]);

/** The numbers of each process, so many seconds after the start, with so many dynos. */
const NUMBERS: Readonly<Record<string, (t: number, dynos: number) => number>> = {
  web: (t, dynos) => 8 + (140 * Math.max(0, Math.sin((t - 60) / 130)) ** 2) / dynos ** 1.5,
  worker: (t) => (t > 90 && t < 430 ? Math.round(180 * Math.sin(((t - 90) / 340) * Math.PI) ** 2) : 0),
  urgent: (t) => (t % 240 > 150 && t % 240 < 190 ? ((t % 240) - 150) * 1.2 : 0),
};

function madeUpRun(): RunState {
  const state = new RunState('simulate', new Date(Date.now() - SECONDS * 1000), EVERY);
  let t = 0;
  const scaling = new Scaling({ state, timeZone: 'UTC', now: () => t * 1000 });
  const managers = [
    'web=request-queue-time,minimum=1,maximum=4,minimumQueueTime=10,maximumQueueTime=60',
    'worker=job-queue-size,ratio=25,maximum=8,decrementable=true',
    'urgent=job-queue-latency,minimum=0,maximum=3,minimumLatency=5,maximumLatency=20',
  ].map(parseManagerFlag);
  managers.forEach(([name, manager]) => scaling.add(name, manager, t, PRICES.get(name)));
  for (; t <= SECONDS; t += EVERY) {
    for (const { name, history } of state.processes) {
      // One poll fails: a gap in the charts.
      const value = t === 300 ? null : (NUMBERS[name]?.(t, Math.max(history.dynos, 1)) ?? null);
      scaling.checkup(name, value, t);
    }
    if (t === 300) {
      state.addEvent({ t, level: 'problem', text: 'a poll failed: no answer within 30 s' });
    }
    if (t === 455) {
      const text = 'worker.2 did not end within 30 s of SIGTERM and was killed';
      state.addEvent({ t, process: 'worker', level: 'problem', text });
    }
  }
  return state;
}

const WIDE = { width: 1240, height: 900 };
const PHONE = { width: 390, height: 844 };

const [folder] = process.argv.slice(2);
const page = await servePage(
  madeUpRun(),
  { setManager: () => undefined, scale: () => undefined },
  pathToFileURL('dist/cli/page.html'),
);
const browser = await startChromium();
try {
  const draw = async (
    file: string,
    viewport: typeof WIDE,
    colorScheme: 'light' | 'dark',
    fullPage: boolean,
  ): Promise<void> => {
    const tab = await browser.newPage({ viewport, colorScheme, timezoneId: 'UTC' });
    await tab.goto(page.url);
    await tab.locator('canvas').last().waitFor();
    await tab.screenshot({ path: file, fullPage });
    await tab.close();
  };
  if (folder === undefined) {
    await draw('docs/simulate.png', WIDE, 'light', false);
  } else {
    await draw(join(folder, 'light.png'), WIDE, 'light', true);
    await draw(join(folder, 'dark.png'), WIDE, 'dark', true);
    await draw(join(folder, 'phone.png'), PHONE, 'light', true);
  }
} finally {
  await browser.close();
  await page.close();
}
