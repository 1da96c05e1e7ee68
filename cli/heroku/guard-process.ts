/** The guard of a run (guard.ts), from the side of the command that it outlives. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const MAX_GUARDS = 10;

export class GuardProcess {
  readonly #groups = new Set<number>();
  #guard: ChildProcess | undefined;

  /**
   * @param mark - the entry of the environment that every process of the run has, and nothing else
   * @param file - guard.ts, as it was built
   */
  constructor(
    private readonly mark: string,
    private readonly file: string,
  ) {
    this.#start(MAX_GUARDS);
  }

  /** A process group of the run, found by it even if its processes clear their environment. */
  add(group: number): void {
    this.#groups.add(group);
    this.#tell(`+${group}`);
  }

  remove(group: number): void {
    this.#groups.delete(group);
    this.#tell(`-${group}`);
  }

  /** Lets it go; it ends what is left, if anything is. */
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

  /** @param guardsLeft - how often another one takes its place, should it be killed */
  #start(guardsLeft: number): void {
    const guard = spawn(process.execPath, [this.file], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard = guard;
    // Without its guard a run still cleans up after itself.
    guard.on('error', () => undefined);
    guard.stdin.on('error', () => undefined);
    guard.once('exit', () => {
      if (this.#guard === guard && guardsLeft > 0) {
        this.#start(guardsLeft - 1);
      }
    });
    guard.unref();
    this.#tell(this.mark);
    this.#groups.forEach((group) => this.#tell(`+${group}`));
  }

  #tell(line: string): void {
    this.#guard?.stdin?.write(`${line}\n`);
  }
}
