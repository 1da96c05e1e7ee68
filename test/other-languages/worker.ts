/** A real worker of another language, in its own processes, whose jobs wait until the test releases them. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';

/**
 * Its jobs push their name to the list `started` when they begin, and wait for an entry of the list `go`. They find the Redis by the
 * variable REDIS_URL.
 */
export class ForeignWorker {
  static readonly #running = new Set<ForeignWorker>();
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** @param command - an interpreter and its arguments */
  constructor(
    command: readonly [string, ...string[]],
    private readonly port: number,
  ) {
    const [interpreter, ...args] = command;
    this.#child = spawn(interpreter, args, {
      stdio: ['ignore', 'ignore', process.env.WORKER_LOGS === undefined ? 'ignore' : 'inherit'],
      env: { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}/0`, PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#ended = once(this.#child, 'exit').then(([code]: unknown[]) => {
      ForeignWorker.#running.delete(this);
      return code;
    });
    ForeignWorker.#running.add(this);
  }

  /** Resolves with the next name of a job that has begun. */
  async started(): Promise<string> {
    const redis = new Redis(this.port);
    try {
      const ended = this.#ended.then((code) => {
        throw new Error(`the worker ended with ${String(code)} before it began a job`);
      });
      const entry = await Promise.race([redis.blpop('started', 0), ended]);
      return entry?.[1] ?? '';
    } finally {
      redis.disconnect();
    }
  }

  /** Lets so many jobs go, those that it has and those that it takes next. */
  async release(count: number): Promise<void> {
    const redis = new Redis(this.port);
    await redis.rpush('go', ...Array.from({ length: count }, () => 'go'));
    redis.disconnect();
  }

  /** Sends SIGTERM to all of its processes, as Heroku does to a dyno. */
  terminate(): void {
    this.#signal('SIGTERM');
  }

  /** SIGTERM to the worker alone, as by a supervisor. */
  askToStop(): void {
    this.#child.kill('SIGTERM');
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#ended;
  }

  /** Resolves with its exit code. */
  ended(): Promise<unknown> {
    return this.#ended;
  }

  static async killAll(): Promise<void> {
    await Promise.all([...ForeignWorker.#running].map((running) => running.kill()));
  }

  /** To it and to what it has forked, which may be of another process group; to it first, before it can see what became of them. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      [pid, ...descendantsOf(pid)].forEach((one) => send(one, signal));
    }
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function descendantsOf(parent: number): readonly number[] {
  const lines = execFileSync('ps', ['-Ao', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const below = (of: number): number[] => pairs.flatMap(([pid = 0, ppid]) => (ppid === of ? [pid, ...below(pid)] : []));
  return below(parent);
}
