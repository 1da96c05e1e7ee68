/** The page in a real Chromium. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Locator, Page as Tab } from 'playwright-core';
import { parseManagerFlag } from '../../../cli/hirefire/managers/manager-flag.js';
import { servePlan, type PlanPage, type PlanPageSetting } from '../../../cli/page/plan-page.js';
import { readPage } from '../../../cli/page/page-file.js';
import { servePage, type Page } from '../../../cli/page/serve-page.js';
import { CURES } from '../../../cli/run/events.js';
import type { Report } from '../../../cli/run/report.js';
import { RunState, type LoadNow } from '../../../cli/run/run-state.js';
import { Scaling } from '../../../cli/run/scaling.js';
import { startChromium } from '../../../tools/chromium.js';

interface View {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
}

const PAGE = pathToFileURL('dist/cli/page.html');
const [, MANAGER] = parseManagerFlag('worker=job-queue-size,ratio=5,maximum=4');

let browser: Browser;
let tab: Tab;
let state: RunState;
let scaling: Scaling;
let page: Page;
let changes: unknown[];
let saved: unknown[];
let load: LoadNow;
let complaints: string[];

beforeAll(async () => {
  browser = await startChromium();
  // One for all tests: Chromium needs as much processor time for another one as for all that a test does in it.
  tab = await browser.newPage();
  // Violations of the policy, and thrown errors.
  tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  tab.on('pageerror', (error) => complaints.push(error.message));
  tab.setDefaultTimeout(8_000);
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  [changes, saved, complaints] = [[], [], []];
  load = { path: '/', perSecond: 0, sent: 0, failed: 0, statuses: {}, leftOut: 0 };
  state = new RunState('simulate', new Date(), 1, 1, { name: 'my-shop', url: 'http://127.0.0.1:5000' });
  scaling = new Scaling({ state, timeZone: 'UTC', now: Date.now });
  scaling.add('worker', MANAGER, 0, 3000);
  scaling.checkup('worker', 12, 1);
  scaling.checkup('worker', null, 2);
  page = await servePage(
    state,
    {
      setManager: (process, manager) => changes.push([process, manager]),
      scale: (process, dynos) => changes.push([process, dynos]),
      load: {
        now: () => load,
        set: (path, perSecond) => {
          load = { path, perSecond, sent: 1_234, failed: 3, statuses: { 404: 1_000, 503: 2 }, leftOut: 0 };
          state.addEvent({ t: 3, level: 'info', text: 'the load was set' });
        },
      },
      configFile: {
        path: 'hirefire.json',
        save: (managers, replaces) => {
          saved.push([...managers, replaces]);
          return Promise.resolve(replaces);
        },
      },
    },
    PAGE,
  );
  await open({ viewport: { width: 1280, height: 720 }, colorScheme: 'light' });
});

afterEach(async () => {
  tab.removeAllListeners('dialog');
  await tab.goto('about:blank');
  await page.close();
});

async function open({ viewport, colorScheme }: View): Promise<void> {
  await tab.setViewportSize(viewport);
  await tab.emulateMedia({ colorScheme });
  await tab.mouse.move(0, 0);
  await tab.goto(page.url);
  await tab.getByRole('heading', { name: 'worker', exact: true }).waitFor();
}

const cells = (): Promise<string[]> => tab.locator('tbody td').allTextContents();
const details = (process: string): Promise<void> => tab.getByRole('button', { name: `Details of ${process}` }).click();
const rowOf = (process: string): Locator => tab.getByRole('region', { name: process, exact: true });

describe('the page of a run', () => {
  it('shows at a glance the app, how many dynos run, why, and what they cost', async () => {
    const link = tab.getByRole('link', { name: 'my-shop' });
    expect(await link.getAttribute('href')).toBe('http://127.0.0.1:5000');
    expect(await tab.locator('#status').innerText()).toMatch(
      /^simulate, running since .+, with a checkup every 1 s: numbers and dynos change only then$/,
    );
    expect(await tab.locator('.summary p').allInnerTexts()).toEqual([
      '3 dynos',
      '$4,500 a month 1.5 dynos on average, always at the maximum $12,000 a month',
      'so far 0.001 dyno hours ($0.0035)',
    ]);
    const row = rowOf('worker');
    expect(await row.locator('.dynos-now').innerText()).toMatch(/^3 dynos\s+●●●/);
    expect(await row.locator('.why').innerText()).toBe('the number is unknown, so the dynos stay');
    expect(await row.locator('.money p').allInnerTexts()).toEqual([
      '$4,500 a month',
      '1.5 dynos on average',
      'always 4: $12,000',
    ]);
    scaling.checkup('worker', 12, 3);
    await row.getByText('12 jobs: 5 per dyno').waitFor();
    state.setManager('worker', { ...MANAGER, upscaleSensitivity: 2 }, 4);
    scaling.checkup('worker', 17, 5);
    await row.getByText('17 jobs: 5 per dyno, waits for its sensitivity').waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows each number in a chart, and on demand in a table', async () => {
    expect(await tab.getByRole('img', { name: /^Chart of jobs of worker .* now unknown$/ }).count()).toBe(1);
    expect(await tab.getByRole('img', { name: /^Chart of the dynos of worker .* now 3$/ }).count()).toBe(1);
    expect(await tab.getByRole('table').count()).toBe(0);
    await details('worker');
    expect(await cells()).toEqual(['00:02', 'unknown', '3', '00:01', '12 jobs', '3']);
    scaling.checkup('worker', 1_234, 3675);
    await tab.getByRole('cell', { name: '1,234 jobs' }).waitFor();
    expect((await cells()).slice(0, 3)).toEqual(['1:01:15', '1,234 jobs', '4']);
    await details('worker');
    expect(await tab.getByRole('table').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('draws distinct lines for distinct meanings, as its legend says', async () => {
    const stylesIn = (place: string): Promise<Record<string, string>> =>
      tab.evaluate(`Object.fromEntries(
        [...document.querySelectorAll('${place} path')].map((path) => {
          const { stroke, strokeDasharray, strokeWidth } = getComputedStyle(path);
          return [path.getAttribute('class'), [stroke, strokeDasharray, strokeWidth].join(' ')];
        }),
      )`);
    const named = await stylesIn('.legend');
    expect(await stylesIn('.chart')).toMatchObject(named);
    const meanings = ['number', 'threshold', 'dynos', 'bound', 'event', 'problem-line'];
    expect(new Set(meanings.map((meaning) => named[meaning])).size).toBe(6);
  });

  it('shows each dyno, with its state and its last lines', async () => {
    const dyno = (name: string, status: 'starting' | 'up' | 'stopping' | 'crashed', lastLines: string[]) => ({
      ...{ name, status, isRunning: true, lastLines },
    });
    state.setDynos(
      'worker',
      [
        dyno('worker.1', 'up', ['one <b>', 'two']),
        dyno('worker.2', 'starting', []),
        dyno('worker.3', 'stopping', ['bye']),
        dyno('worker.4', 'crashed', []),
      ],
      3,
    );
    await details('worker');
    await tab.getByText('2 dynos', { exact: true }).last().waitFor();
    expect(await tab.locator('.dyno-list li').allInnerTexts()).toEqual([
      '● worker.1 up\none <b>\ntwo',
      '◌ worker.2 booting',
      '◐ worker.3 stopping\nbye',
      '✗ worker.4 crashed',
    ]);
    expect(await tab.locator('.summary').innerText()).toContain('2 dynos 1 booting, 1 stopping, 1 crashed');
    expect(complaints).toEqual([]);
  });

  it('shows problems on top with their cure, once for all of a kind, and on the time axis', async () => {
    const killed = { kind: 'killed', process: 'worker', dyno: 'worker.1' } as const;
    state.addProblem({ ...killed, t: 3, message: 'worker.1 was killed <b>' });
    state.addProblem({ ...killed, t: 4, message: 'worker.2 was killed' });
    const lastLines = ['Cannot find module dist/main.js'];
    const crash = {
      kind: 'crashed',
      process: 'worker',
      dyno: 'worker.1',
      t: 5,
      lastLines,
      log: '/tmp/worker.1.log',
    } as const;
    state.addProblem({ ...crash, message: 'worker.1 crashed' });
    await tab.getByText('⚠ 3 problems').waitFor();
    const [first = '', second = ''] = await tab.locator('.problems li').allInnerTexts();
    expect(first).toContain(`00:05 worker.1 crashed ${CURES.crashed}`);
    expect(second).toBe(`00:04 worker.2 was killed (the last of 2) ${CURES.killed}`);
    await tab.getByText('Its last lines').click();
    await tab.getByText('Cannot find module dist/main.js').waitFor();
    await tab.getByText('All of it: /tmp/worker.1.log').waitFor();
    expect(await tab.getByRole('alert').first().textContent()).toBe('⚠ 3 problems');
    expect(await tab.locator('.number-band .problem-line').getAttribute('d')).toBe(
      'M600.0 0V100M800.0 0V100M1000.0 0V100',
    );
    await tab.locator('.number-band svg').hover({ position: { x: 1, y: 5 } });
    expect(await tab.locator('.readout').innerText()).toMatch(/^00:00 · before the first checkup/);
    await tab.getByText('Events in words').click();
    expect(await tab.locator('.events li').allInnerTexts()).toContain('00:03\n⚠ Problem: worker.1 was killed <b>');
    expect(complaints).toEqual([]);
  });

  it('shows the whole cure of each problem, on a phone too', async () => {
    await tab.setViewportSize({ width: 390, height: 844 });
    for (const kind of ['killed', 'interrupted-job', 'boot-timeout'] as const) {
      state.addProblem({ kind, process: 'worker', dyno: 'worker.1', t: 4, message: `worker.1: ${kind}` });
    }
    await tab.getByText('⚠ 3 problems').waitFor();
    expect(await tab.locator('.problems ul').textContent()).toContain(CURES['interrupted-job']);
    const hiddenIn = (list: string): string => `${list}.scrollHeight - ${list}.clientHeight`;
    expect(await tab.evaluate(hiddenIn("document.querySelector('.problems ul')"))).toBe(0);
  });

  it('fits five processes on one screen, with two kinds of problems', async () => {
    for (const name of ['mail', 'image', 'video', 'urgent']) {
      scaling.add(name, MANAGER, 3, 25);
      scaling.checkup(name, 12, 3);
    }
    state.addProblem({ kind: 'killed', process: 'worker', dyno: 'worker.1', t: 4, message: 'worker.1 was killed' });
    state.addProblem({ kind: 'poll-failed', process: null, dyno: null, t: 5, message: 'a poll failed' });
    await tab.setViewportSize({ width: 1280, height: 800 });
    await tab.getByText('⚠ 2 problems').waitFor();
    expect(await tab.locator('.row').count()).toBe(5);
    const { y = 0, height = 0 } = (await tab.locator('.axis').boundingBox()) ?? {};
    expect(y + height).toBeLessThanOrEqual(800);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(1280);
  });

  it('says when the run has ended', async () => {
    await page.close();
    await tab.getByText('The run has ended, or does not answer.').waitFor();
    page = await servePage(state, { setManager: () => undefined }, PAGE);
  });

  it('adds and removes dynos', async () => {
    await details('worker');
    const changed = tab.waitForResponse((answer) => answer.url().endsWith('/scale'));
    await tab.getByRole('button', { name: 'Add one worker dyno' }).click();
    await changed;
    expect(changes).toEqual([['worker', 4]]);
  });

  it('changes a manager by the keyboard alone, and shows why one is refused', async () => {
    await tab.getByRole('button', { name: 'Details of worker' }).focus();
    await tab.keyboard.press('Enter');
    await tab.getByText('Settings of worker').focus();
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

  it('names the unit of each setting, and has all types of manager for the process', async () => {
    await details('worker');
    await tab.getByText('Settings of worker').click();
    expect(await tab.getByLabel('type').locator('option').allTextContents()).toEqual([
      'no manager',
      'job-queue-size',
      'job-queue-latency',
    ]);
    const labels = (): Promise<string[]> => tab.locator('form .fields').last().locator('label').allInnerTexts();
    expect((await labels()).map((label) => label.trim())).toEqual([
      'minimum (dynos)',
      'maximum (dynos)',
      'upscale sensitivity (checkups in a row)',
      'downscale sensitivity (checkups in a row)',
      'upscale timeout (minutes)',
      'downscale timeout (minutes)',
      'ratio (jobs per dyno)',
      'decrementable',
      'upscale limit (dynos, 0: no limit)',
      'downscale limit (dynos, 0: no limit)',
    ]);
    await tab.getByLabel('type').selectOption('job-queue-latency');
    await tab.getByLabel('minimum latency (seconds)').fill('5');
    await tab.getByLabel('maximum latency (seconds)').fill('20');
    await tab.keyboard.press('Enter');
    await tab.getByText('Changed: the next checkup decides by it.').waitFor();
    const [, latency] = parseManagerFlag('worker=job-queue-latency,minimumLatency=5,maximumLatency=20,maximum=4');
    expect(changes).toEqual([['worker', latency]]);
    expect(complaints).toEqual([]);
  });

  it('keeps the number of another unit out of the chart', async () => {
    const [, latency] = parseManagerFlag('worker=job-queue-latency,minimumLatency=5,maximumLatency=20');
    state.setManager('worker', latency, 3);
    scaling.checkup('worker', 30, 4);
    await tab.getByRole('img', { name: /^Chart of latency, s of worker .* now 30 s$/ }).waitFor();
    expect(await tab.locator('.chart path.number').getAttribute('d')).toMatch(/^M1000\.0 [\d.]+H1000\.0$/);
  });

  it('sets the first manager of a process', async () => {
    scaling.add('web', undefined, 3);
    scaling.checkup('web', 12, 3);
    await rowOf('web').getByText('12 ms: no manager, so the dynos stay').waitFor();
    await details('web');
    await tab.getByText('Settings of web').click();
    await tab.getByLabel('type').last().selectOption('requests-per-minute');
    await tab.getByLabel('ratio (requests a minute per dyno)').fill('100');
    await tab.keyboard.press('Enter');
    await tab.getByText('Changed: the next checkup decides by it.').waitFor();
    expect(changes).toEqual([['web', parseManagerFlag('web=requests-per-minute,ratio=100')[1]]]);
  });

  it('sends a load that the user sets, until the page closes', async () => {
    expect(await tab.getByRole('form', { name: 'Load' }).innerText()).toMatch(/requests per second \(0 to 200\) on/);
    await tab.getByLabel('Requests per second').fill('50');
    await tab.getByLabel('Path', { exact: true }).fill('search');
    await tab.keyboard.press('Enter');
    // Browsers show the title where the pattern does not match.
    await tab.getByTitle('Begin with /, such as /search?q=1').and(tab.locator(':invalid')).waitFor();
    await tab.getByLabel('Path', { exact: true }).fill('/search?q=1');
    await tab.keyboard.press('Enter');
    await tab
      .getByText('50 per second on /search?q=1: 1,234 sent, 3 failed, 1,000 answered 404, 2 answered 503')
      .waitFor();
    await tab.getByLabel('Requests per second').fill('201');
    await tab.keyboard.press('Enter');
    expect(load).toMatchObject({ path: '/search?q=1', perSecond: 50 });
    const ended = new Promise<void>((resolve) => {
      state.onChange(() => load.perSecond === 0 && resolve());
    });
    await tab.goto('about:blank');
    await ended;
    expect(complaints).toEqual([]);
  });

  it('saves the managers, in a file that exists only after a confirmation', async () => {
    const save = tab.getByRole('button', { name: 'Save the managers as hirefire.json' });
    const questions: string[] = [];
    let answer = false;
    tab.on('dialog', (dialog) => {
      questions.push(dialog.message());
      void (answer ? dialog.accept() : dialog.dismiss());
    });
    const refused = tab.waitForEvent('dialog');
    await save.click();
    await refused;
    expect(saved).toEqual([[['worker', MANAGER], false]]);
    answer = true;
    await save.click();
    await tab.getByText('Saved in hirefire.json.').waitFor();
    expect(saved.slice(1)).toEqual([
      [['worker', MANAGER], false],
      [['worker', MANAGER], true],
    ]);
    expect(questions).toEqual(
      Array.from({ length: 2 }, () => 'hirefire.json exists. Replace the managers in it? Everything else in it stays.'),
    );
    // Chromium logs each answer of 409.
    expect(complaints.filter((complaint) => !complaint.includes('409'))).toEqual([]);
  });

  it('says whose changes were not sent, when it saves the managers', async () => {
    scaling.add('mail', MANAGER, 3);
    await rowOf('mail').waitFor();
    tab.on('dialog', (dialog) => void dialog.accept());
    await details('worker');
    await tab.getByText('Settings of worker').click();
    await tab.getByLabel('ratio').first().fill('7');
    const save = tab.getByRole('button', { name: 'Save the managers as hirefire.json' });
    await save.click();
    await tab
      .getByText('Saved in hirefire.json. The changes of worker were not sent, so they are not in it.', { exact: true })
      .waitFor();
    await tab.getByRole('button', { name: 'Change the manager of worker' }).click();
    await tab.getByText('Changed: the next checkup decides by it.').waitFor();
    await save.click();
    await tab.getByText('Saved in hirefire.json.', { exact: true }).waitFor();
  });

  it.each(['light', 'dark'] as const)('fits a phone without a sideways scroll, %s', async (colorScheme) => {
    await open({ viewport: { width: 390, height: 844 }, colorScheme });
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await details('worker');
    await tab.getByText('Settings of worker').click();
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const ground = await tab.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(244, 245, 247)' : 'rgb(20, 22, 26)');
    expect(complaints).toEqual([]);
  });
});

describe('the page of a report', () => {
  it('is one file that shows it, with the cure of each problem', async () => {
    const report: Report = {
      app: 'my-shop',
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
          price: 30,
        },
      },
      polls: { count: 60, failed: 1, p50: 3, max: 9 },
      router: {
        requests: 1_000,
        p50: 2,
        p95: 8,
        codes: { H10: 0, H12: 2, H13: 0, H14: 0, H15: 0, H17: 0, H18: 0, H20: 0, H21: 0, H28: 0 },
      },
      events: [{ t: 9, process: 'worker', level: 'problem', text: 'worker.1 was killed' }],
      problems: [
        { kind: 'killed', process: 'worker', dyno: 'worker.1', t: 9, message: 'was killed', cure: 'Do this.' },
      ],
    };
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
    await writeFile(join(folder, 'out.html'), await readPage(report, PAGE));
    await tab.goto(pathToFileURL(join(folder, 'out.html')).href);
    await tab.getByText('⚠ 1 problem', { exact: true }).waitFor();
    expect(await tab.locator('.problems li').innerText()).toBe('00:09 was killed Do this.');
    expect(await tab.getByRole('heading', { level: 1 }).innerText()).toBe('my-shop');
    expect(await tab.locator('.summary p').allInnerTexts()).toEqual([
      'The run has ended.',
      '$90 a month 3.0 dynos on average, always at the maximum $120 a month',
      'used 0.050 dyno hours ($0.0021)',
    ]);
    expect(await tab.locator('.dynos-now').innerText()).toBe('3 dynos at the peak');
    await details('worker');
    expect(await cells()).toEqual(['00:01', '12 jobs', '3']);
    const figures = (await tab.locator('main > dl').innerText()).split('\n').filter((line) => line !== '');
    expect(figures).toEqual(expect.arrayContaining(['60, 1 failed', '1,000', 'H12', '2']));
    await tab.getByText('Events in words').click();
    expect(await tab.locator('.events li').allInnerTexts()).toEqual(['00:09\n⚠ Problem: worker.1 was killed']);
    expect(await tab.getByRole('button').count()).toBe(1);
    expect(complaints).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe('the page of a plan', () => {
  it('shows cost against wait, a point for each setting, and the same in tables', async () => {
    const setting = (ids: readonly string[], manager: string, cost: number, wait: number): PlanPageSetting => ({
      ...{ ids, isStarred: ids.includes('cheaper'), manager, cost, costText: `$${cost}`, wait, waitText: `${wait} s` },
    });
    const plan: PlanPage = {
      source: 'https://my-shop',
      title: 'plan over 3 h of history',
      processes: [
        {
          ...{ name: 'worker', notes: ['2,512 jobs'], unit: 'dollars a month' },
          settings: [
            setting(['now', 'fixed'], '4 dynos', 40, 0),
            setting(['cheaper'], 'ratio 5, 0 to 4', 20, 99),
            setting([], 'ratio 9, 0 to 4', 10, 400),
            setting([], '40 dynos', 400, 0),
          ],
        },
      ],
    };
    const served = await servePlan(plan, PAGE);
    await tab.goto(served.url);
    const section = rowOf('worker');
    expect(await tab.getByRole('heading', { level: 1 }).innerText()).toBe('https://my-shop');
    await section.getByRole('img', { name: /^Cost against wait of 3 settings of worker; / }).waitFor();
    const points = await tab.locator('.point').all();
    expect(await Promise.all(points.map((point) => point.getAttribute('title')))).toEqual([
      'ratio 9, 0 to 4: $10, 400 s',
      '4 dynos: $40, 0 s',
      'ratio 5, 0 to 4: $20, 99 s',
    ]);
    expect(await tab.locator('.named').allInnerTexts()).toEqual(['now, fixed', '★ cheaper']);
    // The chart ends at 60 dollars.
    expect(await tab.locator('.named').first().getAttribute('style')).toBe('left: 66.6667%; bottom: 0%;');
    expect(await cells()).toEqual([
      ...['now, fixed', '4 dynos', '$40', '0 s', '★ cheaper', 'ratio 5, 0 to 4', '$20', '99 s'],
      ...['', 'ratio 9, 0 to 4', '$10', '400 s', '★ cheaper', 'ratio 5, 0 to 4', '$20', '99 s'],
      ...['now, fixed', '4 dynos', '$40', '0 s', '', '40 dynos', '$400', '0 s'],
    ]);
    await tab.setViewportSize({ width: 390, height: 844 });
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(complaints).toEqual([]);
    await served.close();
  });
});
