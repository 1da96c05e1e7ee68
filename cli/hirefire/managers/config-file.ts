/** Writes hirefire.json: a whole one to begin with, or managers into the one of a run, where everything else stays. */
import { open, rename, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { codeOf, messageOf, UsageError } from '../../io/errors.js';
import { readWhole } from '../../io/files.js';
import { checked } from './checked.js';
import { configPath, parseConfig } from './config.js';
import { fieldsAt, withField } from './json-fields.js';
import { configSchema, type Manager } from './schema.js';
import type { Managers } from './managers-for.js';

const SCHEMA = 'node_modules/nestjs-hirefire/hirefire.schema.json';
/** Seconds: HireFire's own default. */
export const CHECKUP_FREQUENCY = 60;

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

/**
 * Writes a file with these managers, and with every other field.
 *
 * @param replaces - whether an existing file may be replaced
 * @returns false if the file exists and may not be replaced
 * @throws UsageError if the file can't be written
 */
export async function createConfig(path: string, managers: Managers, replaces: boolean): Promise<boolean> {
  const fields = { $schema: SCHEMA, checkupFrequency: CHECKUP_FREQUENCY, managers: Object.fromEntries(managers) };
  return write(path, fileText(checked(configSchema, fields, path)), replaces);
}

async function save(path: string, managers: Managers, replaces: boolean): Promise<boolean> {
  const text = await readWhole(path);
  if (text !== undefined && !replaces) {
    return false;
  }
  const json =
    text === undefined
      ? fileText({ $schema: SCHEMA, managers: Object.fromEntries(managers) })
      : changed(path, text, managers);
  return write(path, json, text !== undefined);
}

/** The text with these managers; the rest of it stays as it is. */
function changed(path: string, text: string, managers: Managers): string {
  const before = parseConfig(text, path).managers;
  return [...managers]
    .filter(([name, manager]) => JSON.stringify(before.get(name)) !== JSON.stringify(manager))
    .reduce((json, [name, manager]) => withManager(json, name, manager), text);
}

function withManager(text: string, name: string, manager: Manager): string {
  const managers = fieldsAt(text, 0).get('managers');
  return managers ? withField(text, managers.from, name, manager) : withField(text, 0, 'managers', { [name]: manager });
}

async function write(path: string, json: string, replaces: boolean): Promise<boolean> {
  try {
    return (await create(path, json)) || (replaces && (await replace(path, json)));
  } catch (error) {
    throw new UsageError(`${path} can't be written: ${messageOf(error)}`);
  }
}

async function create(path: string, json: string): Promise<boolean> {
  try {
    await writeFile(path, json, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** A file that can't be written in full stays as it was. */
async function replace(path: string, json: string): Promise<true> {
  const file = await realpath(path);
  // The folder alone decides about the rename, but a file that is read-only is to stay.
  await (await open(file, 'r+')).close();
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(fresh, json, { mode: (await stat(file)).mode });
    await rename(fresh, file);
    return true;
  } finally {
    await rm(fresh, { force: true });
  }
}

function fileText(config: object): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}
