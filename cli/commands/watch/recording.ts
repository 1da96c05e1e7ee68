/** Appends one JSON line per checkup to the file of `--record`. */
import { open, type FileHandle } from 'node:fs/promises';
import { messageOf, UsageError } from '../../io/errors.js';
import type { Checkup } from './watch.js';

export class Recording {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly startedAt: Date,
  ) {}

  /** @throws UsageError for a file that can't be written */
  static async to(path: string, startedAt: Date): Promise<Recording> {
    try {
      return new Recording(path, await open(path, 'a'), startedAt);
    } catch (error) {
      throw cantBeWritten(path, error);
    }
  }

  /** @throws UsageError if the disk is full */
  async add({ t, poll, decided }: Checkup): Promise<void> {
    const processes = Object.fromEntries(
      decided.map(({ name, value, dynos, manager }) => [name, { value, dynos, manager }]),
    );
    const { startedAt } = this;
    const line = JSON.stringify({ startedAt, t, processes, ...(!poll.ok && { error: poll.reason }) });
    try {
      await this.file.appendFile(`${line}\n`);
    } catch (error) {
      throw cantBeWritten(this.path, error);
    }
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function cantBeWritten(path: string, error: unknown): UsageError {
  return new UsageError(
    `--record: ${path} can't be written: ${messageOf(error)}: name another file, or free some space`,
  );
}
