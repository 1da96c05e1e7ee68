/** Writes the output of the dynos into a file per dyno, each line after the dyno's name: `worker.1 | ...`. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The most that waits to be written for one dyno; a slow disk loses further lines. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export class DynoLogs {
  readonly #files = new Map<string, WriteStream>();
  #hasFailed = false;

  private constructor(
    /** Undefined if it could not be made. */
    readonly folder: string | undefined,
    private readonly onScreen: ((text: string) => void) | undefined,
    private readonly onFailure: (reason: string) => void,
  ) {}

  /**
   * Makes a new temporary folder. If the disk is full or read-only, the run goes on without the files.
   *
   * @param onScreen - also gets the lines
   * @param onFailure - called once, with the reason why lines are missing
   */
  static async open(
    onScreen: ((text: string) => void) | undefined,
    onFailure: (reason: string) => void,
  ): Promise<DynoLogs> {
    try {
      return new DynoLogs(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-logs-')), onScreen, onFailure);
    } catch (error) {
      onFailure(String(error));
      return new DynoLogs(undefined, onScreen, onFailure);
    }
  }

  add(dyno: string, line: string): void {
    const text = `${dyno} | ${line}\n`;
    this.onScreen?.(text);
    if (this.folder !== undefined && !this.#hasFailed) {
      const file = this.#fileOf(dyno, this.folder);
      if (file.writableLength < MAX_WAITING_BYTES) {
        file.write(text);
      }
    }
  }

  /** The file of a dyno; undefined if its output could not be written. */
  pathOf(dyno: string): string | undefined {
    return this.folder === undefined || this.#hasFailed ? undefined : join(this.folder, `${dyno}.log`);
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#files.values()].map(
        (file) => new Promise<void>((resolve) => (file.destroyed ? resolve() : file.once('close', resolve).end())),
      ),
    );
  }

  #fileOf(dyno: string, folder: string): WriteStream {
    const known = this.#files.get(dyno);
    if (known) {
      return known;
    }
    const file = createWriteStream(join(folder, `${dyno}.log`), { flags: 'a' });
    file.on('error', (error) => {
      if (!this.#hasFailed) {
        this.#hasFailed = true;
        this.onFailure(error.message);
      }
    });
    this.#files.set(dyno, file);
    return file;
  }
}
