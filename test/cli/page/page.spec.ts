/** The page in a real Chromium. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page as Tab } from 'playwright-core';
import { parseManagerFlag } from '../../../cli/hirefire/managers/manager-flag.js';
import { readPage } from '../../../cli/page/page-file.js';
import { servePage, type Page } from '../../../cli/page/serve-page.js';
import type { Report } from '../../../cli/run/report.js';
import { RunState } from '../../../cli/run/run-state.js';
import { Scaling } from '../../../cli/run/scaling.js';
import { startChromium } from '../../../tools/chromium.js';

const PAGE = pathToFileURL('dist/cli/page.html');
const [, MANAGER] = parseManagerFlag('worker=job-queue-size,ratio=5,maximum=4');

let browser: Browser;
let tab: Tab;
let state: RunState;
let scaling: Scaling;
let page: Page;
let changes: unknown[];
let complaints: string[];

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  [changes, complaints] = [[], []];
  state = new RunState('simulate', new Date(), 1);
  scaling = new Scaling({ state, timeZone: 'UTC', now: Date.now });
  scaling.add('worker', MANAGER, 0, 3e6);
  scaling.checkup('worker', 12, 1);
  scaling.checkup('worker', null, 2);
  page = await servePage(
    state,
    {
      setManager: (process, manager) => changes.push([process, manager]),
      scale: (process, dynos) => changes.push([process, dynos]),
    },
    PAGE,
  );
  await open({});
});

afterEach(async () => {
  await tab.context().close();
  await page.close();
});

async function open(options: Parameters<Browser['newPage']>[0]): Promise<void> {
  tab = await browser.newPage(options);
  // Violations of the policy, and thrown errors.
  tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  tab.on('pageerror', (error) => complaints.push(error.message));
  tab.setDefaultTimeout(8_000);
  await tab.goto(page.url);
  await tab.getByRole('heading', { name: 'worker', exact: true }).waitFor();
}

const cells = (): Promise<string[]> => tab.locator('tbody td').allTextContents();

describe('the page of a run', () => {
  it('shows each number in a chart and in a table, and the cost', async () => {
    expect(await tab.locator('canvas').count()).toBe(2);
    expect(await cells()).toEqual(['00:02', 'unknown', '3', '00:01', '12', '3']);
    expect(await tab.getByRole('img', { name: /^Chart of jobs of worker .* now unknown jobs$/ }).count()).toBe(1);
    expect(await tab.getByRole('img', { name: /^Chart of the dynos of worker .* now 3$/ }).count()).toBe(1);
    const cost = tab.getByText('Cost: 0.001 dyno hours ($3.47); always at the maximum: 0.002 dyno hours ($9.26)');
    expect(await cost.count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('follows the run, and shows a problem', async () => {
    scaling.checkup('worker', 1_234, 3675);
    state.addEvent({ t: 3675, process: 'worker', level: 'problem', text: 'worker.1 was killed <b>' });
    await tab.getByText('⚠ Problem: worker.1 was killed <b>').waitFor();
    expect((await cells()).slice(0, 3)).toEqual(['1:01:15', '1,234', '4']);
    expect(await tab.getByRole('alert').first().textContent()).toBe('⚠ 1 problem, see the events');
    expect(complaints).toEqual([]);
  });

  it('says when the run has ended', async () => {
    await page.close();
    await tab.getByText('The run has ended, or does not answer.').waitFor();
    page = await servePage(state, { setManager: () => undefined }, PAGE);
  });

  it('adds and removes dynos', async () => {
    const changed = tab.waitForResponse((answer) => answer.url().endsWith('/scale'));
    await tab.getByRole('button', { name: 'Add one worker dyno' }).click();
    await changed;
    expect(changes).toEqual([['worker', 4]]);
  });

  it('changes a manager by the keyboard alone, and shows why one is refused', async () => {
    const summary = tab.getByText('Settings of worker');
    await summary.focus();
    await tab.keyboard.press('Enter');
    await tab.getByLabel('ratio').focus();
    await tab.keyboard.press('ControlOrMeta+A');
    await tab.keyboard.type('7');
    await tab.keyboard.press('Enter');
    await tab.getByText('Changed: the next checkup decides by it.').waitFor();
    expect(changes).toEqual([['worker', { ...MANAGER, ratio: 7 }]]);
    await tab.getByLabel('minimum').fill('9');
    await tab.keyboard.press('Enter');
    await tab.getByText('worker.minimum is 9: above the maximum: use at most 4').waitFor();
    expect(changes).toHaveLength(1);
  });

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    await tab.context().close();
    await open({ viewport: { width: 360, height: 740 }, colorScheme });
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(360);
    const ground = await tab.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(244, 245, 247)' : 'rgb(20, 22, 26)');
    expect(complaints).toEqual([]);
  });
});

describe('the page of a report', () => {
  it('is one file that shows it, with the cure of each problem', async () => {
    const report: Report = {
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:01:00.000Z',
      speed: 1,
      processes: {
        worker: {
          manager: MANAGER,
          series: [{ t: 1, value: 12, dynos: 3 }],
          dynoSeconds: 180,
          dynoSecondsAtMaximum: 240,
          secondsToFirstDyno: 0.5,
          worst: 12,
        },
      },
      polls: { count: 60, failed: 1, p50: 3, max: 9 },
      router: { requests: 1_000, p50: 2, p95: 8, codes: { H10: 0, H12: 2, H13: 0, H14: 0, H18: 0, H20: 0, H21: 0 } },
      events: [],
      problems: [
        { kind: 'killed', process: 'worker', dyno: 'worker.1', t: 9, message: 'was killed', cure: 'Do this.' },
      ],
    };
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
    await writeFile(join(folder, 'out.html'), await readPage(report, PAGE));
    await tab.goto(pathToFileURL(join(folder, 'out.html')).href);
    await tab.getByText('was killed. Do this.').waitFor();
    expect(await cells()).toEqual(['00:01', '12', '3']);
    const figures = (await tab.locator('main > dl').innerText()).split('\n').filter((line) => line !== '');
    expect(figures).toEqual(expect.arrayContaining(['60, 1 failed', '1,000', 'H12', '2']));
    expect(await tab.getByRole('button').count()).toBe(0);
    expect(complaints).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
