/** The test's side of a worker in its own process. */
import { afterEach, expect } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { QueueProc } from '../../lib/index.js';
import { builtScript } from '../support/script.js';

/** Starts scripts that are ended with the test. */
export function workerStarter(script: string): (...args: string[]) => ChildProcess {
  const children: ChildProcess[] = [];
  const built = builtScript(script);
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
  return (...args) => {
    const child = spawn(process.execPath, [built, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.push(child);
    return child;
  };
}

/** The child's next message. */
async function told(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as unknown[];
  return message;
}

/**
 * Four jobs: a worker does one and is killed in the second, another is asked to stop in the third, and none takes the last.
 *
 * @param lean - as `worker`, without active jobs
 * @param untilCompleted - where a worker takes the second job before it has completed the first
 */
export async function expectCountedByItsJob(
  start: () => ChildProcess,
  worker: QueueProc<string>,
  lean: QueueProc<string>,
  untilCompleted: () => Promise<void> = async () => undefined,
): Promise<void> {
  const measured = () => Promise.all([worker.quantity(), lean.quantity()]);
  expect(await measured()).toEqual([4, 4]);

  const first = start();
  expect(await told(first)).toBe('started');
  expect(await measured()).toEqual([4, 3]);
  first.send(1);
  // The next one.
  expect(await told(first)).toBe('started');
  await untilCompleted();
  expect(await measured()).toEqual([3, 2]);

  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(await measured()).toEqual([3, 2]);

  const second = start();
  expect(await told(second)).toBe('started');
  expect(await measured()).toEqual([3, 1]);
  expect(await worker.latency()).toBeGreaterThan(0);

  second.kill('SIGTERM');
  expect(await told(second)).toBe('closing');
  expect(await measured()).toEqual([3, 1]);
  second.send(1);
  await once(second, 'exit');
  // The lost job is still active; no worker took the last one.
  expect(await measured()).toEqual([2, 1]);
}
