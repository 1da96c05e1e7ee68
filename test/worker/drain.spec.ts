/** The end of an app whose library is the test: the jobs that it counts and names. */
import { expect, it } from '@jest/globals';
import { Drain } from '../../lib/worker/drain.js';
import type { DrainableWorker } from '../../lib/worker/library.js';

interface Held {
  readonly queue: string;
  /** Jobs that run at the signal. */
  readonly runs?: readonly string[];
  readonly handBack?: () => Promise<readonly string[]>;
}

function workerOf({ queue, runs = [], handBack = async () => [] }: Held): DrainableWorker {
  const nothing = (): void => undefined;
  return {
    ...{ queue, handBack, closed: Promise.resolve(), whySilent: 'it is silent' },
    ...{ running: () => runs, isDone: () => true, stop: nothing, abort: nothing, leave: nothing },
  };
}

/** The log of an end without a grace. @param late - is found at the signal */
async function endOf(workers: readonly Held[], late: readonly Held[] = []): Promise<readonly string[]> {
  const lines: string[] = [];
  const log = (line: string): unknown => lines.push(line);
  const all = workers.map(workerOf);
  const find = (): unknown => all.push(...late.map(workerOf));
  const app = { close: async () => undefined };
  await new Drain(app, { all, find }, 0, { log, warn: log, error: log }).run('SIGTERM');
  return lines;
}

it('stops workers that have come since the start', async () => {
  const [first] = await endOf([{ queue: 'mail', runs: ['1'] }], [{ queue: 'images', runs: ['7'] }]);

  expect(first).toBe('SIGTERM: no worker starts another job. 2 jobs have 0 s to end: mail 1; images 7');
});

it('counts a job that was fetched after the last look', async () => {
  const [, last] = await endOf([{ queue: 'mail', runs: ['1'], handBack: async () => ['2'] }]);

  expect(last).toBe('1 job ended, 1 (mail 2) was handed back.');
});

it('names the jobs of each queue that stay, and why', async () => {
  const [, last] = await endOf([
    { queue: 'mail', runs: ['1', '2'], handBack: async () => ['1', '2'] },
    { queue: 'images', runs: ['7'], handBack: () => Promise.reject(new Error('no Redis')) },
    { queue: 'reports', runs: ['8', '9'], handBack: () => Promise.reject(new Error('no Redis')) },
  ]);

  expect(last).toBe(
    '0 jobs ended, 2 (mail 1, 2) were handed back. 3 (images 7; reports 8, 9) were not: no Redis. Another worker starts them ' +
      'once their locks have expired, and counts a stall.',
  );
});

it('names a worker whose hand-back does not settle', async () => {
  const [, last] = await endOf([{ queue: 'mail', runs: ['1'], handBack: () => new Promise(() => undefined) }]);

  expect(last).toMatch(/^0 jobs ended, 0 were handed back\. 1 \(mail 1\) was not: it is silent\. /);
});
