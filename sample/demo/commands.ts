/** Runs one command after the other, until the demo is interrupted. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';

export class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
  }

  /** As a shell reports a program that a signal ended. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

export interface CommandSettings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Shows its output; without it, the error contains the output when the command fails. */
  readonly isShown: boolean;
}

export class Commands {
  #running: ChildProcess | undefined;
  #interruption: Interrupted | undefined;

  /** A signal goes to the running command, which may need a while to end, and ends the demo after it. */
  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        this.#interruption ??= new Interrupted(signal);
        this.#running?.kill(signal);
      });
    }
    // The terminal or pipe is closed: the demo can't show anything.
    process.stdout.on('error', () => process.emit('SIGHUP'));
    // npm can't pass a SIGKILL on.
    if (process.env.npm_lifecycle_event === 'demo') {
      const parent = process.ppid;
      setInterval(() => process.ppid !== parent && process.emit('SIGHUP'), 500).unref();
    }
  }

  /** @throws Interrupted when a signal has come */
  goOn(): void {
    if (this.#interruption) {
      throw this.#interruption;
    }
  }

  /**
   * Its exit code.
   *
   * @throws Interrupted, and Error when it failed without having been shown
   */
  async run(command: string, args: readonly string[], { cwd, env, isShown }: CommandSettings): Promise<number> {
    this.goOn();
    const stdio: StdioOptions = isShown ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env, stdio });
    this.#running = child;
    const output = Promise.all([child.stdout, child.stderr].flatMap((stream) => (stream ? [text(stream)] : [])));
    const [code] = (await once(child, 'exit')) as [number | null];
    this.#running = undefined;
    this.goOn();
    if (code !== 0 && !isShown) {
      throw new Error(`${[command, ...args].join(' ')} failed:\n${(await output).join('')}`);
    }
    return code ?? 1;
  }
}
