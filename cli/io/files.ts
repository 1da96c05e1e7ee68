/** Reads the files that a user names, with errors that say which one and why. */
import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { codeOf, messageOf, UsageError } from './errors.js';
import { parseProcfile, type Procfile } from './procfile.js';

/**
 * The text of a file that must be there, without a byte order mark.
 *
 * @param option - the option that named it, for the error
 * @throws UsageError
 */
export async function readGiven(path: string, option: string): Promise<string> {
  const text = await readIfThere(path);
  if (text === undefined) {
    throw new UsageError(`${option}: there is no file ${path}: create it, or name another one`);
  }
  return text;
}

/**
 * The same of a file that need not be there.
 *
 * @throws UsageError for one that can't be read
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) {
      return undefined;
    }
    throw new UsageError(`${path} can't be read: ${messageOf(error)}`);
  }
}

/**
 * The Procfile that was named, or the one that lies here, if any.
 *
 * @throws UsageError
 */
export async function readProcfile(given: string | undefined): Promise<Procfile | undefined> {
  const path = given ?? 'Procfile';
  const text = given === undefined ? await readIfThere(path) : await readGiven(path, '--procfile');
  return text === undefined ? undefined : parseProcfile(text, path);
}

/**
 * The variables of a `.env`.
 *
 * @param given - the file that was named; undefined: the one that lies here, if any
 * @throws UsageError
 */
export async function readEnvFile(given?: string): Promise<Readonly<Record<string, string>>> {
  const text = given === undefined ? await readIfThere('.env') : await readGiven(given, '--env');
  return Object.fromEntries(
    Object.entries(parseEnv(text ?? '')).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
