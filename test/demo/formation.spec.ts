import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Formation } from '../../sample/demo/formation.js';
import { Processes, type RunningProcess, type StartOptions } from '../../sample/demo/processes.js';

/** Real processes, which are remembered by the names that Heroku would give them. */
class NamedProcesses extends Processes {
  readonly started: { readonly name: string | undefined; readonly process: RunningProcess }[] = [];

  override start(command: string, args: readonly string[], options: StartOptions): RunningProcess {
    const process = super.start(command, args, options);
    this.started.push({ name: options.env.DYNO, process });
    return process;
  }
}

const PROCFILE = new Map([
  ['worker', 'sleep 60'],
  ['broken', 'sh -c "echo the reason; exit 3"'],
]);

let processes: NamedProcesses;

beforeEach(() => {
  processes = new NamedProcesses('/nonexistent/scratch');
});

afterEach(async () => {
  await processes.stopAll(5_000);
  expect(processes.left()).toEqual([]);
  await processes.close();
});

describe('a formation', () => {
  let formation: Formation;
  let events: string[];
  let failure: Promise<Error>;

  beforeEach(() => {
    events = [];
    failure = new Promise((resolve) => {
      const listener = { event: (text: string) => events.push(text), failed: resolve };
      formation = new Formation(PROCFILE, processes, { cwd: '/', env: process.env }, listener);
    });
  });

  afterEach(() => formation.close());

  const names = (): (string | undefined)[] => processes.started.map(({ name }) => name);

  test('has its highest numbers stopped first, and given again', async () => {
    formation.scale('worker', 3);
    expect(names()).toEqual(['worker.1', 'worker.2', 'worker.3']);
    formation.scale('worker', 1);
    expect([formation.up('worker'), formation.stopping('worker')]).toEqual([1, 2]);
    const [first, ...others] = processes.started;
    expect(await Promise.all(others.map(({ process }) => process.ended))).toEqual(['SIGTERM', 'SIGTERM']);
    expect([formation.up('worker'), formation.stopping('worker')]).toEqual([1, 0]);
    expect(processes.left()).toEqual([first?.process.pid]);
    formation.scale('worker', 2);
    expect(names()).toEqual(['worker.1', 'worker.2', 'worker.3', 'worker.2']);
    expect(formation.most('worker')).toBe(3);
    expect(events).toEqual([]);
  });

  test('starts a dyno again that has crashed', async () => {
    formation.scale('worker', 2);
    const [first] = processes.started;
    first?.process.kill();
    await first?.process.ended;
    expect(events).toEqual(['worker.1 crashed (SIGKILL) and is started again']);
    expect(names()).toEqual(['worker.1', 'worker.2', 'worker.1']);
    expect(formation.up('worker')).toBe(2);
  });

  test('gives up a process type that keeps crashing, and says what it said', async () => {
    formation.scale('broken', 1);
    const { message } = await failure;
    expect(message).toContain('broken.1 crashed (exit code 3)');
    expect(message).toContain('the reason');
    expect(events).toHaveLength(5);
    expect(formation.up('broken')).toBe(0);
  });

  test('starts nothing once it is closed', async () => {
    formation.scale('worker', 1);
    formation.close();
    formation.scale('worker', 3);
    processes.started[0]?.process.kill();
    await processes.started[0]?.process.ended;
    expect(names()).toEqual(['worker.1']);
    expect(events).toEqual([]);
  });

  test('refuses a process that the Procfile does not have', () => {
    expect(() => formation.scale('mailer', 1)).toThrow('"mailer"');
  });
});

describe('a process', () => {
  const start = (script: string): RunningProcess =>
    processes.start('sh', ['-c', script], { cwd: '/', env: process.env });

  async function says(process: RunningProcess, line: string): Promise<void> {
    while (!process.output.includes(line)) {
      await sleep(5);
    }
  }

  test('that does not heed SIGTERM is killed after its grace', async () => {
    const stubborn = start('trap "" TERM; echo ready; while :; do sleep 0.1; done');
    await says(stubborn, 'ready');
    await stubborn.stop(200);
    expect(await stubborn.ended).toBe('SIGKILL');
  });

  test('is stopped with those that it has started itself', async () => {
    const parent = start('sleep 60 & echo ready; wait');
    await says(parent, 'ready');
    await parent.stop(5_000);
    expect(processes.left()).toEqual([]);
  });

  test('that cannot be started has ended', async () => {
    const missing = processes.start('/nonexistent/command', [], { cwd: '/', env: process.env });
    expect(await missing.ended).toContain('ENOENT');
    expect(missing.succeeded).toBe(false);
  });

  test('is not started any more once all are being stopped', async () => {
    await processes.stopAll(5_000);
    expect(() => start('sleep 60')).toThrow('not started any more');
  });
});
