/** A worker process: a real one, that gets signals and ends. */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { accessSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { builtScript } from '../support/script.js';

/** A queue that the process works on. */
export interface WorkerQueue {
  readonly name: string;
  /** Options of BullMQ's Worker. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * The origin of its worker.
   *
   * @default '@Processor'
   */
  readonly worker?: '@Processor' | 'processors' | 'by hand' | 'file' | 'thread';
}

/** The work of the process. */
export interface WorkerTask {
  /** BullMQ 5 or 6, Bull 4. */
  readonly major: number;
  /**
   * The Nest that it runs on.
   *
   * @default 12
   */
  readonly nest?: 10 | 11;
  readonly url: string;
  readonly queues: readonly WorkerQueue[];
  readonly prefix?: string;
  /** Of drainOnShutdown(). */
  readonly options?: { readonly grace?: number; readonly name?: string };
  /**
   * When it calls drainOnShutdown().
   *
   * @default 'context'
   */
  readonly app?: 'context' | 'before listen' | 'after listen' | 'microservice' | 'hybrid';
  /** Has a second context with the same workers, which drains as well. */
  readonly hasSecondApp?: boolean;
  /** Waits in a hook, until "hook" is released. */
  readonly hangs?: boolean;
  /** Lets an app that listens to signals itself do so as well. */
  readonly shutdownHooks?: boolean;
  /** The drain's time is the test's: it stands still but for {@link WorkerProcess.pass}, and no time-out of the drain runs out. */
  readonly hasOwnTime?: boolean;
}

export type ToParent =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'started' | 'aborted' | 'ended'; readonly queue: string; readonly id: string }
  /** A service that the jobs may need; a signal, when npm has started the process. */
  | { readonly type: 'destroyed' | 'signal' }
  | { readonly type: 'hook'; readonly hook: string };

export type ToWorker =
  | { readonly type: 'release'; readonly queue: string; readonly id: string }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'close' };

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class WorkerProcess {
  readonly ended: Promise<Ending>;
  readonly messages: ToParent[] = [];
  readonly lines: string[] = [];
  readonly #news = new EventEmitter().setMaxListeners(0);

  private constructor(readonly child: ChildProcess) {
    this.ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }));
    child.on('message', (message: ToParent) => {
      this.messages.push(message);
      this.#news.emit('news');
    });
    for (const input of [child.stdout, child.stderr]) {
      if (input) {
        createInterface({ input }).on('line', (line) => {
          this.lines.push(line);
          this.#news.emit('news');
        });
      }
    }
    void this.ended.then(() => this.#news.emit('news'));
  }

  static async start(task: WorkerTask, env: NodeJS.ProcessEnv = {}): Promise<WorkerProcess> {
    const script = `test/worker/${task.major === 4 ? 'bull' : 'bullmq'}-app.ts`;
    const { BULLMQ_FOLDER } = process.env;
    const folder = task.nest === undefined ? BULLMQ_FOLDER : folderOf(task.nest);
    const child = fork(builtScript(script, folder), [JSON.stringify(task)], {
      env: { ...process.env, NO_COLOR: '1', DYNO: '', ...env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    if ('atEndOfFile' in globalThis) {
      // A test that fails may leave it.
      atEndOfFile(async () => void child.kill('SIGKILL'));
    }
    const started = new WorkerProcess(child);
    await started.sees(() => started.messages.some(({ type }) => type === 'ready'));
    return started;
  }

  /** Lets a job end. */
  release(queue: string, id = 'job'): void {
    this.send({ type: 'release', queue, id });
  }

  /** Lets the drain's own time pass. */
  pass(ms: number): void {
    this.send({ type: 'pass', ms });
  }

  /** Resolves once a job runs in it. */
  runs(queue: string, id = 'job'): Promise<void> {
    return this.sees(() =>
      this.messages.some((message) => message.type === 'started' && message.queue === queue && message.id === id),
    );
  }

  /** Of its HTTP server. */
  get url(): string {
    return this.messages.flatMap((message) => (message.type === 'ready' ? [message.url] : [])).join('');
  }

  /** Resolves once it has written a line that matches. */
  writes(pattern: RegExp): Promise<void> {
    return this.sees(() => this.lines.some((line) => pattern.test(line)));
  }

  async sees(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the worker ended before:\n${this.lines.join('\n')}`);
      }
      await once(this.#news, 'news');
    }
  }

  send(message: ToWorker): void {
    this.child.send(message);
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal);
  }
}

/** The folder in which a script finds this Nest: without it, Node would find the newest one. */
function folderOf(nest: number): string {
  const modules = resolve(`test/nest-${nest}/node_modules`);
  accessSync(join(modules, '@nestjs/core'));
  return join(modules, '.cache/nestjs-hirefire');
}
