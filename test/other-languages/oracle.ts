/** A library of another language, asked through its own API: one long-lived process that answers line by line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The arguments of a call, apart from the time. */
export type Arguments = Readonly<Record<string, unknown>>;

export class Oracle {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];

  /** @param command - an interpreter and its arguments */
  constructor(command: readonly [string, ...string[]]) {
    const [interpreter, ...args] = command;
    const child = spawn(interpreter, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', TZ: 'UTC' },
    });
    createInterface(child.stdout).on('line', (line) => {
      const { answer, error } = JSON.parse(line) as { readonly answer?: unknown; readonly error?: string };
      const asked = this.#waiting.shift();
      if (error === undefined) {
        asked?.resolve(answer);
      } else {
        asked?.reject(new Error(error));
      }
    });
    this.#ended = once(child, 'exit').then(() =>
      this.#waiting.splice(0).forEach(({ reject }) => reject(new Error(`${command.join(' ')} ended`))),
    );
    this.#child = child;
  }

  /** Calls a function of the other side about the Redis at this port, at the time that the clock of the test shows. */
  call(port: number, name: string, args: Arguments = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify({ call: name, now: Date.now(), port, ...args })}\n`);
    });
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}
