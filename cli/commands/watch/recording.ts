/** Appends one JSON line per checkup to the file of `--record`. */
import { open, type FileHandle } from 'node:fs/promises';
import { messageOf, UsageError } from '../../io/errors.js';
import type { Checkup } from './watch.js';

export class Recording {
  private constructor(private readonly file: FileHandle) {}

  /** @throws UsageError for a file that can't be written */
  static async to(path: string): Promise<Recording> {
    try {
      return new Recording(await open(path, 'a'));
    } catch (error) {
      throw new UsageError(`--record: ${path} can't be written: ${messageOf(error)}: name another file`);
    }
  }

  async add({ t, poll, decided }: Checkup): Promise<void> {
    const processes = Object.fromEntries(decided.map(({ name, value, dynos }) => [name, { value, dynos }]));
    await this.file.appendFile(`${JSON.stringify({ t, processes, ...(!poll.ok && { error: poll.reason }) })}\n`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
