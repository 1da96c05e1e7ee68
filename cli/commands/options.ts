/** Options of several commands. */
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../io/duration.js';
import { parseManagerFlag } from '../hirefire/managers/manager-flag.js';
import type { Manager } from '../hirefire/managers/schema.js';
import { UsageError } from '../io/errors.js';

/** Lets Commander put the option's name before the message. */
export function parsedBy<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
    }
  };
}

export const tokenOption = (): Option =>
  new Option('--token <token>', "HireFire's token of the app (default: HIREFIRE_TOKEN in the environment, or in .env)");

export const procfileOption = (): Option =>
  new Option('--procfile <file>', 'the Procfile (default: the one in this folder)');

export const configOption = (): Option =>
  new Option('--config <file>', 'the managers (default: hirefire.json next to the Procfile)');

export const managerOption = (): Option =>
  new Option(
    '--manager <manager>',
    'a manager, instead of the one in the file, as <process>=<type>,<setting>=<value>,...; repeatable',
  ).argParser((text: string, given: readonly (readonly [string, Manager])[] | undefined) => {
    const flag = parseManagerFlag(text);
    const before = given ?? [];
    if (before.some(([name]) => name === flag[0])) {
      throw new UsageError(`--manager: ${flag[0]} has two managers: give one`);
    }
    return [...before, flag];
  });

export const durationOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(parsedBy(parseDuration));

export const plainOption = (): Option => new Option('--plain', 'a line per event, without colour, on a terminal too');
