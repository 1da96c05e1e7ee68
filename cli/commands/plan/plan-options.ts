/** The options of `plan` that no other command has. */
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../io/duration.js';
import { UsageError } from '../../io/errors.js';
import { DAY } from '../../plan/run.js';
import { parsedBy } from '../options.js';

const DEFAULT_BOOT_SECONDS = 15;
const DEFAULT_PHASES = 4;
const MAX_PHASES = 60;
const MAX_SLOTS = 10_000;

/** A value per process. */
export type PerProcess = ReadonlyMap<string, number>;

export const jobOption = (): Option =>
  perProcess('--job <process=duration>', 'how long a job of a recorded process takes; repeatable', parseDuration);

export const slotsOption = (): Option =>
  perProcess('--slots <process=jobs>', 'jobs that a dyno works on at once (default: 1); repeatable', (text) =>
    wholeNumber(text, MAX_SLOTS),
  );

export const bootOption = (): Option =>
  new Option('--boot <duration>', 'from the start of a dyno to its first job')
    .argParser(parsedBy((text: string) => durationOrZero(text, DAY)))
    .default(DEFAULT_BOOT_SECONDS, '15s');

export const waitOption = (): Option =>
  new Option('--wait <duration>', 'what is the cheapest setting with a 95 % wait of at most that?').argParser(
    parsedBy(durationOrZero),
  );

export const budgetOption = (): Option =>
  new Option('--budget <dollars>', 'what is the fastest setting for at most that a month?').argParser(
    parsedBy(dollarsOf),
  );

export const phasesOption = (): Option =>
  new Option('--phases <count>', 'replays of each setting, whose checkups come at other times')
    .argParser(parsedBy((text: string) => wholeNumber(text, MAX_PHASES)))
    .default(DEFAULT_PHASES);

function perProcess(flags: string, description: string, parse: (text: string) => number): Option {
  return new Option(flags, description).argParser((text: string, given: PerProcess | undefined) => {
    const before = given ?? new Map<string, number>();
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined || before.has(name)) {
      throw new InvalidArgumentError(name !== undefined && before.has(name) ? 'It is given twice.' : `use ${flags}`);
    }
    return new Map([...before, [name, parsedBy(parse)(value)]]);
  });
}

function durationOrZero(text: string, atMost?: number): number {
  return /^0+[smh]?$/.test(text.trim()) ? 0 : parseDuration(text, atMost);
}

function wholeNumber(text: string, atMost: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(count >= 1 && count <= atMost)) {
    throw new UsageError(`use a whole number from 1 to ${atMost}`);
  }
  return count;
}

function dollarsOf(text: string): number {
  const [, amount] = /^\$?(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (amount === undefined || !Number.isFinite(Number(amount))) {
    throw new UsageError('use dollars a month, such as 50');
  }
  return Number(amount);
}
