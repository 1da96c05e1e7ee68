/** Reads and checks hirefire.json. */
import { dirname, join } from 'node:path';
import { UsageError } from '../../io/errors.js';
import { readGiven, readIfThere } from '../../io/files.js';
import { jsonMistakeIn } from '../../io/json-mistake.js';
import { parseJson, recordOf } from '../../io/untrusted.js';
import { checked } from './checked.js';
import { configSchema, type Manager } from './schema.js';

const CONFIG_FILE = 'hirefire.json';

export interface Config {
  /** Seconds; undefined if not set. */
  readonly checkupFrequency: number | undefined;
  readonly timeZone: string;
  readonly managers: ReadonlyMap<string, Manager>;
  /** Per month. */
  readonly dynoPrices: ReadonlyMap<string, number>;
  /** Jobs that a dyno works on at once. */
  readonly slots: ReadonlyMap<string, number>;
}

/** @throws UsageError with a line per wrong field */
export function parseConfig(text: string, file = CONFIG_FILE): Config {
  const json = jsonOf(text, file);
  refuseProto(json, file);
  const { checkupFrequency, timeZone, managers, dynoPrices, slots } = checked(configSchema, json, file);
  return {
    checkupFrequency,
    timeZone,
    managers: new Map(Object.entries(managers)),
    dynoPrices: new Map(Object.entries(dynoPrices)),
    slots: new Map(Object.entries(slots)),
  };
}

/** The file that {@link readConfig} reads. */
export function configPath(given: string | undefined, procfile = 'Procfile'): string {
  return given ?? join(dirname(procfile), CONFIG_FILE);
}

/**
 * The given file, or the hirefire.json next to the Procfile if there is one.
 *
 * @throws UsageError
 */
export async function readConfig(given: string | undefined, procfile = 'Procfile'): Promise<Config | undefined> {
  const path = configPath(given, procfile);
  const text = given === undefined ? await readIfThere(path) : await readGiven(path, '--config');
  return text === undefined ? undefined : parseConfig(text, path);
}

function jsonOf(text: string, file: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  const mistake = jsonMistakeIn(json);
  if (mistake !== undefined) {
    throw new UsageError(`${file} is not JSON: line ${mistake.line}: ${mistake.reason}`);
  }
  return parseJson(json);
}

/** The schema would skip such a key silently. */
function refuseProto(json: unknown, file: string): void {
  const fields = recordOf(json);
  const { managers, dynoPrices, slots } = fields;
  const places = { '': json, 'managers.': managers, 'dynoPrices.': dynoPrices, 'slots.': slots };
  for (const [place, value] of Object.entries(places)) {
    if (Object.hasOwn(recordOf(value), '__proto__')) {
      throw new UsageError(`${file}: ${place}__proto__ is unknown: remove it`);
    }
  }
}
