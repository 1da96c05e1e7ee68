/** A real worker of a library in its own process, which holds its jobs until the test releases them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { builtScript } from '../../support/script.js';
import type { WorkerEvent } from './worker-child.js';

type EventOf<T extends WorkerEvent['type']> = Extract<WorkerEvent, { readonly type: T }>;

export class WorkerProcess {
  static readonly #running = new Set<WorkerProcess>();

  readonly #events: WorkerEvent[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #heard = (): void => undefined;

  /** @param command - a script and its arguments, to which the queue and the concurrency are added */
  constructor([script = '', ...args]: readonly string[], queue: string, concurrency: number) {
    this.#child = spawn(process.execPath, [builtScript(script), ...args, queue, `${concurrency}`], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (event: WorkerEvent) => {
      this.#events.push(event);
      this.#heard();
    });
    this.#ended = once(this.#child, 'exit').then((status: unknown[]) => {
      WorkerProcess.#running.delete(this);
      this.#heard();
      return status;
    });
    WorkerProcess.#running.add(this);
  }

  /** Resolves with the first so many events of a type, once that many have come. */
  async told<T extends WorkerEvent['type']>(type: T, count: number): Promise<readonly EventOf<T>[]> {
    const found = (): EventOf<T>[] => this.#events.filter((event): event is EventOf<T> => event.type === type);
    while (found().length < count) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the worker ended after ${found().length} of ${count} times "${type}"`);
      }
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
    return found();
  }

  /** Lets so many jobs go, those that it has and those that it takes next. */
  release(count: number): void {
    this.#child.send(count);
  }

  /** Sends SIGTERM, as Heroku does to a dyno. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Resolves with its exit code and signal. */
  async ended(): Promise<unknown> {
    return this.#ended;
  }

  static async killAll(): Promise<void> {
    await Promise.all([...WorkerProcess.#running].map((running) => running.kill()));
  }
}
