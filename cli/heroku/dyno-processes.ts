/** Starts and ends the processes of dynos, and leaves none behind, even if this process is killed. */
import { ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setImmediate as tick, setTimeout as sleep } from 'node:timers/promises';
import { GuardProcess } from './guard-process.js';
import { MarkedProcesses } from './marked-processes.js';

/** Heroku runs commands with bash. */
const SHELL = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';

/** The interval for finding out whether processes have ended that are not our children. */
const LOOK_MS = 50;

/** The longest wait for the rest of the output of a dyno that has ended: a process that hid may keep it open. */
const OUTPUT_MS = 1_000;

/** Longer lines are split: an endless line must not fill the memory. */
const MAX_LINE_LENGTH = 64 * 1024;

export interface DynoCommand {
  readonly command: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Entries of `env`; no other dyno has all of them. */
  readonly mark: readonly string[];
  readonly onLine: (line: string) => void;
}

/** The end of a dyno's first process. */
export interface Ending {
  /** Such as `exit code 1` or `SIGKILL`. */
  readonly how: string;
  /** Milliseconds that it ran. */
  readonly ms: number;
}

/** The command of a dyno, and all processes that it starts. */
export class DynoProcess {
  /** Resolves when the first process has ended. */
  readonly ended: Promise<Ending>;
  readonly #closed: Promise<void>;
  readonly #all: MarkedProcesses;

  constructor(
    private readonly child: ChildProcess,
    { mark, onLine }: DynoCommand,
  ) {
    const { pid } = child;
    const startedAt = Date.now();
    this.#all = new MarkedProcesses(new Set(pid === undefined ? [] : [pid]), mark);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) {
        readLines(stream, onLine);
      }
    }
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => resolve({ how, ms: Date.now() - startedAt });
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(code === null ? String(signal) : `exit code ${code}`));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Sends SIGTERM to all processes, and SIGKILL to those that are left after the grace. */
  async stop(graceMs: number): Promise<{ readonly wasKilled: boolean; readonly ms: number }> {
    const start = Date.now();
    this.#all.signal('SIGTERM');
    const hasEnded = await this.#endsWithin(graceMs);
    const ms = Date.now() - start;
    if (!hasEnded) {
      await this.kill();
    }
    return { wasKilled: !hasEnded, ms };
  }

  /** Sends SIGKILL until no process is left. */
  async kill(): Promise<void> {
    for (;;) {
      this.#all.signal('SIGKILL');
      if (await this.#endsWithin(LOOK_MS)) {
        return;
      }
    }
  }

  /** Resolves when all of its output was read, once no process is left. */
  async outputEnded(): Promise<void> {
    const waiting = new AbortController();
    // After a busy time, Node runs the timer before it reads what has come.
    const patience = sleep(OUTPUT_MS, undefined, { signal: waiting.signal }).then(() => tick());
    await Promise.race([this.#closed, patience.catch(() => undefined)]);
    waiting.abort();
  }

  /** Sends one SIGKILL to all processes, without waiting. */
  killNow(): void {
    this.#all.signal('SIGKILL');
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const deadline = AbortSignal.timeout(ms);
    const timeout = once(deadline, 'abort');
    // Don't search while the first process runs.
    await Promise.race([this.ended, timeout]);
    while (this.#all.find().length > 0) {
      if (deadline.aborted) {
        return false;
      }
      await Promise.race([sleep(LOOK_MS), timeout]);
    }
    return true;
  }
}

/** Reports every failure as an event; Node throws some, such as E2BIG. */
function spawnOrFail(command: string, options: SpawnOptions): ChildProcess {
  try {
    return spawn(SHELL, ['-c', command], options);
  } catch (error) {
    const failed = new ChildProcess();
    process.nextTick(() => failed.emit('error', error) && failed.emit('close'));
    return failed;
  }
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach((line) => onLine(line.replace(/\r$/, '')));
    if (rest.length > MAX_LINE_LENGTH) {
      onLine(rest);
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') {
      onLine(rest);
    }
  });
  // The stream may fail when the dyno is killed.
  stream.on('error', () => undefined);
}

/** All dynos of a run. Each leads its own process group, so a Ctrl-C in the terminal reaches only this process. */
export class DynoProcesses {
  readonly #running = new Set<DynoProcess>();
  readonly #guard: GuardProcess;
  #isClosed = false;

  /**
   * @param mark - the environment entry of all dynos of the run, and of no other process
   * @param guardFile - the built guard.ts
   */
  constructor(
    private readonly mark: string,
    guardFile: string,
  ) {
    this.#guard = new GuardProcess(mark, guardFile);
  }

  /** @returns undefined after killAll() */
  start(command: DynoCommand): DynoProcess | undefined {
    if (this.#isClosed) {
      return undefined;
    }
    const child = spawnOrFail(command.command, {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new DynoProcess(child, command);
    this.#running.add(started);
    if (child.pid !== undefined) {
      this.#guard.add(child.pid);
    }
    return started;
  }

  forget(ended: DynoProcess): void {
    this.#running.delete(ended);
    if (ended.pid !== undefined) {
      this.#guard.remove(ended.pid);
    }
  }

  /** Kills every process of the run, and starts no more. */
  async killAll(): Promise<void> {
    this.#isClosed = true;
    const groups = new Set([...this.#running].flatMap(({ pid }) => pid ?? []));
    const all = new MarkedProcesses(groups, [this.mark]);
    while (all.find().length > 0) {
      all.signal('SIGKILL');
      await sleep(LOOK_MS);
    }
  }

  /** Kills the processes that are left. */
  async close(): Promise<void> {
    await this.killAll();
    await this.#guard.close();
  }
}
