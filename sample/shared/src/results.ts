import { Injectable } from '@nestjs/common';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** The folder that results go to: `OUT_DIR`, else `out`. */
@Injectable()
export class Results {
  readonly #folder = resolve(process.env.OUT_DIR ?? 'out');

  /** The absolute path of a result; its folder exists. */
  async pathOf(name: string): Promise<string> {
    const path = resolve(this.#folder, name);
    await mkdir(dirname(path), { recursive: true });
    return path;
  }

  /** Adds one line to a list that all workers write to: one short append is never torn by another. */
  async append(list: string, record: Record<string, string | number>): Promise<void> {
    await appendFile(await this.pathOf(list), `${JSON.stringify(record)}\n`);
  }
}
