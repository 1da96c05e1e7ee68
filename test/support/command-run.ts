/** A command in a new process, with every process that it starts. */
import { randomUUID } from 'node:crypto';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CommandSettings {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export class CommandRun {
  readonly output: string[] = [];
  readonly #id = randomUUID();
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  readonly #ended: Promise<unknown>;

  private constructor(command: string, args: readonly string[], { cwd, env = process.env }: CommandSettings) {
    // In a new process group, as if it had its own terminal.
    this.#child = spawn(command, args, {
      cwd,
      env: { ...env, COMMAND_RUN: this.#id },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) {
        createInterface({ input: stream }).on('line', (line) => {
          this.output.push(line);
          this.#listeners.forEach((listen) => listen());
        });
      }
    }
    void this.#ended.then(() => this.#listeners.forEach((listen) => listen()));
  }

  static start(command: string, args: readonly string[], settings: CommandSettings = {}): CommandRun {
    return new CommandRun(command, args, settings);
  }

  /** `nestjs-hirefire <args>`, as it was built. */
  static nestjsHirefire(args: readonly string[], settings: CommandSettings = {}): CommandRun {
    return new CommandRun(process.execPath, [resolve('dist/cli/main.js'), ...args], settings);
  }

  get pid(): number {
    return this.#child.pid ?? NaN;
  }

  /** Resolves with the first line that matches, of those from a place on; rejects when the run ends without one. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.output.slice(from).find((line) => pattern.test(line));
        if (found !== undefined) {
          this.#listeners.delete(look);
          resolve(found);
        } else if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
          this.#listeners.delete(look);
          reject(new Error(`ended without ${String(pattern)}:\n${this.text}`));
        }
      };
      this.#listeners.add(look);
      look();
    });
  }

  get text(): string {
    return this.output.join('\n');
  }

  /** Its exit code, once all of its output is read. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Interrupts the whole process group, as a terminal does. */
  pressCtrlC(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  /** Every process of it that is there, by the id in its environment, but for Redis, which hides its environment. */
  processes(): { readonly pid: number; readonly command: string }[] {
    const { stdout } = spawnSync('ps', ['axeww', '-o', 'pid=,args='], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout
      .split('\n')
      .filter((line) => line.includes(this.#id))
      .map((line) => ({ pid: Number.parseInt(line, 10), command: line.slice(0, line.indexOf('=')).trim() }));
  }

  /** Resolves once none of its processes is left, and all of its output is read. */
  async gone(): Promise<void> {
    while (this.processes().length > 0) {
      await sleep(50);
    }
    await this.#ended;
  }

  /** Ends whatever a failed test has left. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    for (const { pid } of this.processes()) {
      process.kill(pid, 'SIGKILL');
    }
  }
}
