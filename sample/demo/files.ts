/** The files of the run, and the check of the workers' results. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** Every file below a folder, relative to it. Symbolic links are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((file) => relative(folder, join(file.parentPath, file.name)));
}

/**
 * Makes the folder that results go to.
 *
 * @throws Error when it is not empty, or is inside of the input
 */
export async function prepareFolderFor(results: string, input: string): Promise<void> {
  const fromInput = relative(input, results);
  if (!fromInput.startsWith('..') && !isAbsolute(fromInput)) {
    throw new Error(`The results can't go to ${results}, inside of the folder that is compressed: choose with --out.`);
  }
  await mkdir(results, { recursive: true });
  if ((await readdir(results)).length > 0) {
    throw new Error(`${results} is not empty: the results need a folder of their own.`);
  }
}

/** A list to which the workers of one type add a line for every finished job. */
export class DoneList {
  /** How many times each file is listed. */
  readonly times = new Map<string, number>();
  readonly records = new Map<string, object>();

  /** The list in a file; empty, if there is none. */
  static async of(file: string): Promise<DoneList> {
    const list = new DoneList();
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      if (line !== '') {
        list.#add(line, file);
      }
    }
    return list;
  }

  #add(line: string, file: string): void {
    const record: unknown = JSON.parse(line);
    const path: unknown = Reflect.get(Object(record), 'path');
    if (typeof record !== 'object' || record === null || typeof path !== 'string') {
      throw new Error(`${file} has a line without a path: ${line}`);
    }
    this.times.set(path, (this.times.get(path) ?? 0) + 1);
    this.records.set(path, record);
  }
}

/** The files that the list does not have exactly once. */
export function notExactlyOnce(files: readonly string[], list: DoneList): string[] {
  const expected = new Set(files);
  return [
    ...files.filter((file) => !list.times.has(file)).map((file) => `not done: ${file}`),
    ...[...list.times].filter(([, times]) => times > 1).map(([file, times]) => `done ${times} times: ${file}`),
    ...[...list.times.keys()].filter((file) => !expected.has(file)).map((file) => `not asked for: ${file}`),
  ];
}

/** Unpacks every archive and compares it with what the digest workers found in the file itself. */
export async function brokenArchives(files: readonly string[], archives: string, digests: DoneList): Promise<string[]> {
  const problems: string[] = [];
  const expected = new Set(files.map((file) => `${file}.gz`));
  const found = await filesBelow(archives);
  problems.push(...found.filter((archive) => !expected.has(archive)).map((archive) => `left behind: ${archive}`));

  const queue = files.values();
  const checkTheNext = async (): Promise<void> => {
    for (const file of queue) {
      const hash = createHash('sha256');
      try {
        await pipeline(createReadStream(join(archives, `${file}.gz`)), createGunzip(), hash);
      } catch (error) {
        problems.push(`broken archive: ${file}: ${String(error)}`);
        continue;
      }
      if (Reflect.get(digests.records.get(file) ?? {}, 'sha256') !== hash.digest('hex')) {
        problems.push(`not what was digested: ${file}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, checkTheNext));
  return problems;
}
