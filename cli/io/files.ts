/** Reads the user's files; each error names the file and the reason. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseEnvFile } from './env-file.js';
import { codeOf, messageOf, UsageError } from './errors.js';
import { parseJson, recordOf } from './untrusted.js';
import { parseProcfile, type Procfile } from './procfile.js';

const MAX_NAME_LENGTH = 100;

/**
 * Reads a file that must exist, without its byte order mark.
 *
 * @param option - the option that names it, for the error
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
 * Reads a file, without its byte order mark.
 *
 * @returns undefined if it does not exist
 * @throws UsageError if it can't be read
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  return (await readWhole(path))?.replace(/^\uFEFF/, '');
}

/** The same with its byte order mark. */
export async function readWhole(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) {
      return undefined;
    }
    throw new UsageError(`${path} can't be read: ${messageOf(error)}`);
  }
  // Such as UTF-16, which some editors write. No command and no variable can hold one.
  if (text.includes('\0')) {
    throw new UsageError(`${path} contains a NUL byte: save it as UTF-8`);
  }
  return text;
}

/**
 * Reads the given Procfile, or the one in this folder if there is one.
 *
 * @throws UsageError
 */
export async function readProcfile(given: string | undefined): Promise<Procfile | undefined> {
  const path = given ?? 'Procfile';
  const text = given === undefined ? await readIfThere(path) : await readGiven(path, '--procfile');
  return text === undefined ? undefined : parseProcfile(text, path);
}

/**
 * The same, where there must be one.
 *
 * @throws UsageError
 */
export async function readRequiredProcfile(given: string | undefined): Promise<Procfile> {
  const procfile = await readProcfile(given);
  if (procfile === undefined) {
    throw new UsageError(
      'there is no Procfile in this folder: write one, with a line such as "web: node dist/main.js" for each process, or name one with --procfile',
    );
  }
  return procfile;
}

/**
 * Reads the variables of the given file, or of the `.env` in this folder if there is one.
 *
 * @throws UsageError
 */
export async function readEnvFile(given?: string): Promise<Readonly<Record<string, string>>> {
  const text = given === undefined ? await readIfThere('.env') : await readGiven(given, '--env');
  return parseEnvFile(text ?? '', given);
}

/** The name in a folder's package.json, or the folder's own. */
export async function appNameIn(folder: string): Promise<string> {
  const text = await readIfThere(join(folder, 'package.json')).catch(() => undefined);
  const { name } = recordOf(parseJson(text ?? ''));
  return typeof name === 'string' && name !== '' ? name.slice(0, MAX_NAME_LENGTH) : basename(folder);
}
