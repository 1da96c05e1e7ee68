/** Starting and ending real processes, so that none is left whatever happens to this one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Lines of output that are kept of a process, to be shown if it fails. */
const LINES_KEPT = 30;

/** What the operating system takes to end what was killed. */
const KILL_MS = 5_000;

export interface StartOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A process that was started, with whatever it starts itself. */
export class RunningProcess {
  readonly output: string[] = [];
  /** How it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  readonly startedAt = Date.now();

  constructor(private readonly child: ChildProcess) {
    this.#keep(child.stdout);
    this.#keep(child.stderr);
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(code === null ? String(signal) : `exit code ${code}`));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get succeeded(): boolean {
    return this.child.exitCode === 0;
  }

  /** SIGTERM; SIGKILL for what is still there after the grace. */
  async stop(graceMs: number): Promise<void> {
    const { pid } = this;
    if (pid === undefined) {
      return;
    }
    signalGroup(pid, 'SIGTERM');
    if (!(await endsWithin(pid, graceMs))) {
      signalGroup(pid, 'SIGKILL');
      await endsWithin(pid, KILL_MS);
    }
    await this.ended;
  }

  kill(): void {
    if (this.pid !== undefined) {
      signalGroup(this.pid, 'SIGKILL');
    }
  }

  #keep(stream: Readable | null): void {
    if (stream) {
      createInterface({ input: stream }).on('line', (line) => {
        this.output.push(line);
        this.output.splice(0, this.output.length - LINES_KEPT);
      });
    }
  }
}

/** All processes of a run. Each leads a process group of its own, so that a Ctrl-C in the terminal reaches only us. */
export class Processes {
  readonly #running = new Set<RunningProcess>();
  readonly #everStarted = new Set<number>();
  readonly #guard: ChildProcess;
  #isEnding = false;

  /** @param folder - removed if this process is killed */
  constructor(folder: string) {
    this.#guard = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('guard.ts', import.meta.url)), folder],
      {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    // Without its guard a run still cleans up after itself.
    this.#guard.on('error', () => undefined);
    this.#guard.stdin?.on('error', () => undefined);
  }

  /** @throws Error once all are being stopped */
  start(command: string, args: readonly string[], { cwd, env }: StartOptions): RunningProcess {
    if (this.#isEnding) {
      throw new Error(`${command} is not started any more`);
    }
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const running = new RunningProcess(child);
    this.#running.add(running);
    const { pid } = child;
    if (pid !== undefined) {
      this.watch(pid);
    }
    void running.ended.then(() => {
      this.#running.delete(running);
      if (pid !== undefined && !groupExists(pid)) {
        this.#guard.stdin?.write(`-${pid}\n`);
      }
    });
    return running;
  }

  /** Has a process group that was started elsewhere looked after. */
  watch(pid: number): void {
    this.#everStarted.add(pid);
    this.#guard.stdin?.write(`+${pid}\n`);
  }

  async stopAll(graceMs: number): Promise<void> {
    this.#isEnding = true;
    await Promise.all([...this.#running].map((running) => running.stop(graceMs)));
  }

  killAll(): void {
    this.#running.forEach((running) => running.kill());
  }

  /** Every process group of the run that still has a member. */
  left(): number[] {
    return [...this.#everStarted].filter((pid) => groupExists(pid));
  }

  /** Lets the guard go, which kills what is left, if anything is. */
  async close(): Promise<void> {
    if (this.#guard.exitCode === null && this.#guard.signalCode === null && this.#guard.pid !== undefined) {
      const exit = once(this.#guard, 'exit');
      this.#guard.stdin?.end();
      await exit;
    }
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** Whether a process and all that it has started itself are gone in time. */
async function endsWithin(pid: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (groupExists(pid)) {
    if (Date.now() >= deadline) {
      return false;
    }
    await sleep(20);
  }
  return true;
}

function groupExists(pid: number): boolean {
  return signalGroup(pid, 0);
}
