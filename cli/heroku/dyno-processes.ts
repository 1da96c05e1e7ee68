/** Starts and ends the processes of dynos, so that none is left whatever happens to this process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuardProcess } from './guard-process.js';
import { MarkedProcesses } from './process-table.js';

/** Heroku runs commands by bash. */
const SHELL = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';

/** How often it is looked whether processes have ended that are no children of ours. */
const LOOK_MS = 50;

/** Longer lines are cut, so that one without an end can't fill the memory. */
const MAX_LINE_LENGTH = 64 * 1024;

export interface DynoCommand {
  readonly command: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Entries of `env` that no other dyno has all of. */
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

/** The command of a dyno, with whatever it starts itself. */
export class DynoProcess {
  /** Settles when the first process has ended. Never rejects. */
  readonly ended: Promise<Ending>;
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
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => resolve({ how, ms: Date.now() - startedAt });
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(code === null ? String(signal) : `exit code ${code}`));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** SIGTERM to all of the processes, SIGKILL to those that are left after the grace; whether that was needed. */
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

  /** SIGKILL until nothing is left. */
  async kill(): Promise<void> {
    for (;;) {
      this.#all.signal('SIGKILL');
      if (await this.#endsWithin(LOOK_MS)) {
        return;
      }
    }
  }

  /** One SIGKILL to all there are, without waiting. */
  killNow(): void {
    this.#all.signal('SIGKILL');
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const deadline = AbortSignal.timeout(ms);
    const timeout = once(deadline, 'abort');
    // Nothing needs to be looked at while the first process is there.
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
  // A dyno that was killed takes its output with it.
  stream.on('error', () => undefined);
}

/** All dynos of a run. Each leads a process group of its own, so that a Ctrl-C in the terminal reaches only us. */
export class DynoProcesses {
  readonly #running = new Set<DynoProcess>();
  readonly #guard: GuardProcess;
  #isClosed = false;

  /**
   * @param mark - the entry of the environment that every dyno of the run has, and nothing else
   * @param guardFile - guard.ts, as it was built
   */
  constructor(
    private readonly mark: string,
    guardFile: string,
  ) {
    this.#guard = new GuardProcess(mark, guardFile);
  }

  /** Undefined once all were killed. */
  start(command: DynoCommand): DynoProcess | undefined {
    if (this.#isClosed) {
      return undefined;
    }
    const child = spawn(SHELL, ['-c', command.command], {
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

  /** Says that nothing is left of a dyno. */
  forget(ended: DynoProcess): void {
    this.#running.delete(ended);
    if (ended.pid !== undefined) {
      this.#guard.remove(ended.pid);
    }
  }

  /** SIGKILL to every process of the run, and no further ones. */
  async killAll(): Promise<void> {
    this.#isClosed = true;
    const groups = new Set([...this.#running].flatMap(({ pid }) => pid ?? []));
    const all = new MarkedProcesses(groups, [this.mark]);
    while (all.find().length > 0) {
      all.signal('SIGKILL');
      await sleep(LOOK_MS);
    }
  }

  /** Kills what is left, if anything is. */
  async close(): Promise<void> {
    await this.killAll();
    await this.#guard.close();
  }
}
