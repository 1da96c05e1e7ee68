/** The hirefire.json of a run, to save managers in; everything else in it stays. */
import { rename, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { codeOf, messageOf, UsageError } from '../../io/errors.js';
import { readIfThere } from '../../io/files.js';
import { parseJson, recordOf } from '../../io/untrusted.js';
import { configPath, parseConfig } from './config.js';
import type { Managers } from './managers-for.js';

const SCHEMA = 'node_modules/nestjs-hirefire/hirefire.schema.json';

export interface ConfigFile {
  readonly path: string;
  /**
   * Managers of other processes stay.
   *
   * @param replaces - whether an existing file may be changed
   * @returns false if the file exists and may not be changed
   * @throws UsageError if the file has mistakes, or can't be written
   */
  save(managers: Managers, replaces: boolean): Promise<boolean>;
}

/** The file that a run with these options reads. */
export function configFile(given: string | undefined, procfile?: string): ConfigFile {
  const path = configPath(given, procfile);
  return { path, save: (managers, replaces) => save(path, managers, replaces) };
}

async function save(path: string, managers: Managers, replaces: boolean): Promise<boolean> {
  const text = await readIfThere(path);
  if (text !== undefined && !replaces) {
    return false;
  }
  try {
    return await (text === undefined ? create(path, managers) : change(path, text, managers));
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${path} can't be written: ${messageOf(error)}`);
  }
}

async function create(path: string, managers: Managers): Promise<boolean> {
  const config = { $schema: SCHEMA, managers: Object.fromEntries(managers) };
  try {
    await writeFile(path, jsonOf(config, 2), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** A file that can't be written in full stays as it was. */
async function change(path: string, text: string, managers: Managers): Promise<true> {
  parseConfig(text, path);
  const config = recordOf(parseJson(text));
  const all = { ...recordOf(config.managers), ...Object.fromEntries(managers) };
  const file = await realpath(path);
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(fresh, jsonOf({ ...config, managers: all }, indentOf(text)), { mode: (await stat(file)).mode });
    await rename(fresh, file);
    return true;
  } finally {
    await rm(fresh, { force: true });
  }
}

function jsonOf(config: object, indent: string | number): string {
  return `${JSON.stringify(config, null, indent)}\n`;
}

/** As the file has it. */
function indentOf(text: string): string | number {
  return /^\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? 2;
}
