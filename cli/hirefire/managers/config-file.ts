/** Writes hirefire.json: a whole one to begin with, or managers into the one of a run, where everything else stays. */
import { rename, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { codeOf, messageOf, UsageError } from '../../io/errors.js';
import { readIfThere } from '../../io/files.js';
import { parseJson, recordOf } from '../../io/untrusted.js';
import { checked } from './checked.js';
import { configPath, parseConfig } from './config.js';
import { fieldsAt, type Span } from './json-fields.js';
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
  return write(path, jsonOf(checked(configSchema, fields, path), 2), replaces);
}

async function save(path: string, managers: Managers, replaces: boolean): Promise<boolean> {
  const text = await readIfThere(path);
  if (text !== undefined && !replaces) {
    return false;
  }
  const json =
    text === undefined
      ? jsonOf({ $schema: SCHEMA, managers: Object.fromEntries(managers) }, 2)
      : changed(path, text, managers);
  return write(path, json, text !== undefined);
}

/** The text with these managers; as much of it as can be stays as it is. */
function changed(path: string, text: string, managers: Managers): string {
  const before = parseConfig(text, path).managers;
  return [...managers]
    .filter(([name, manager]) => JSON.stringify(before.get(name)) !== JSON.stringify(manager))
    .reduce((json, [name, manager]) => withManager(json, name, manager), text);
}

function withManager(text: string, name: string, manager: Manager): string {
  const managers = fieldsAt(text, 0).get('managers');
  const old = managers && fieldsAt(text, managers.from).get(name);
  if (!old) {
    const config = recordOf(parseJson(text));
    return jsonOf({ ...config, managers: { ...recordOf(config.managers), [name]: manager } }, indentOf(text));
  }
  return text.slice(0, old.from) + inPlaceOf(old, text, manager) + text.slice(old.to);
}

/** On one line if the old one is, else with the indentation of its line. */
function inPlaceOf({ from, to }: Span, text: string, manager: Manager): string {
  if (!text.slice(from, to).includes('\n')) {
    return JSON.stringify(manager, null, 1).replace(/\n\s*/g, ' ');
  }
  const [indent = ''] = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', from) + 1)) ?? [];
  return JSON.stringify(manager, null, indentOf(text)).replaceAll('\n', `\n${indent}`);
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
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(fresh, json, { mode: (await stat(file)).mode });
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
