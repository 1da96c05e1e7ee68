/** A process of a benchmark's own, which reports over IPC. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  readonly args?: readonly string[];
  /** For Node itself. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** @typeParam Report - what the script hands to {@link report} */
export class Child<Report> {
  readonly #process: ChildProcess;
  readonly #reports: Report[] = [];
  #wake: () => void = () => undefined;
  #onReport = (report: Report): void => {
    this.#reports.push(report);
    this.#wake();
  };

  /** @param script - below bench/ */
  constructor(script: string, { args = [], flags = [], env = {} }: ChildOptions = {}) {
    const file = fileURLToPath(new URL(`../${script}`, import.meta.url));
    this.#process = spawn(process.execPath, [...flags, '--import', 'tsx', file, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#process.on('message', (report) => this.#onReport(report as Report));
    this.#process.on('exit', () => this.#wake());
    this.stdout.resume();
  }

  /** A pipe that is always drained, whether or not anybody listens. */
  get stdout(): Readable {
    const { stdout } = this.#process;
    if (stdout === null) {
      throw new Error('the process was started without a pipe');
    }
    return stdout;
  }

  ask(question: string): Promise<Report> {
    this.#process.send(question);
    return this.next();
  }

  /** The oldest report that was not taken yet, once there is one. */
  async next(): Promise<Report> {
    for (;;) {
      const report = this.#reports.shift();
      if (report !== undefined) {
        return report;
      }
      if (this.#hasEnded) {
        throw new Error(`ended without a report: ${this.#process.spawnargs.join(' ')}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Hands over every report that was not taken yet. */
  follow(onReport: (report: Report) => void): void {
    this.#reports.splice(0).forEach(onReport);
    this.#onReport = onReport;
  }

  /** By SIGKILL: what is measured is measured. */
  async stop(): Promise<void> {
    if (!this.#hasEnded) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exit;
    }
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}

/** Tells the process that started this one, which it does not outlive. */
export function report(value: unknown): void {
  if (!process.send) {
    throw new Error('this script is started by a benchmark');
  }
  if (process.listenerCount('disconnect') === 0) {
    process.once('disconnect', () => process.exit());
  }
  process.send(value);
}
