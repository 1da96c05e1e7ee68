/** Starts the guard of a run (guard.ts), and keeps it informed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const MAX_GUARDS = 10;

export class GuardProcess {
  readonly #groups = new Set<number>();
  #guard: ChildProcess | undefined;

  /**
   * @param mark - the environment entry of all processes of the run, and of no other process
   * @param file - the built guard.ts
   */
  constructor(
    private readonly mark: string,
    private readonly file: string,
  ) {
    this.#start(MAX_GUARDS);
  }

  /** Adds a process group of the run: its processes are found even if they clear their environment. */
  add(group: number): void {
    this.#groups.add(group);
    this.#send(`+${group}`);
  }

  remove(group: number): void {
    this.#groups.delete(group);
    this.#send(`-${group}`);
  }

  /** Ends the guard, which first ends the processes that are left. */
  async close(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    if (guard?.exitCode === null && guard.signalCode === null && guard.pid !== undefined) {
      const exit = once(guard, 'exit');
      guard.ref();
      guard.stdin?.end();
      await exit;
    }
  }

  /** @param guardsLeft - replacements for a guard that is killed */
  #start(guardsLeft: number): void {
    const guard = spawn(process.execPath, [this.file], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard = guard;
    // The run cleans up without a guard too, unless it is killed.
    guard.on('error', () => undefined);
    guard.stdin.on('error', () => undefined);
    guard.once('exit', () => {
      if (this.#guard === guard && guardsLeft > 0) {
        this.#start(guardsLeft - 1);
      }
    });
    guard.unref();
    this.#send(this.mark);
    this.#groups.forEach((group) => this.#send(`+${group}`));
  }

  #send(line: string): void {
    this.#guard?.stdin?.write(`${line}\n`);
  }
}
