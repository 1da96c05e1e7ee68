/** The plans of a process, as a table for a terminal. */
import { kindOf } from '../../hirefire/managers/kinds.js';
import type { WorkerManager } from '../../hirefire/managers/schema.js';
import { amount, counted, dynosText } from '../../io/format.js';
import { dollars } from '../../run/cost.js';
import type { Plan, ProcessAnswer } from './answer.js';

const FEW_JOBS = 200;
const SHORT_SECONDS = 3600;

/** `2,512 jobs in 3 h 10 min, 41 s each (95 %: 190 s), 4 at a time per dyno` */
export function headOf(name: string, { jobs, took, estimated }: ProcessAnswer, seconds: number, slots: number): string {
  const count = `${estimated ? 'about ' : ''}${counted(jobs, 'job')}`;
  const each = estimated
    ? `${secondsText(took.mean)} each by --job`
    : `${secondsText(took.mean)} each (95 %: ${secondsText(took.p95)})`;
  return `${name}: ${count} in ${spanText(seconds)}${estimated ? ' (estimated)' : ''}, ${each}, ${amount(slots)} at a time per dyno`;
}

/** Empty: there is enough to trust it. */
export function littleText({ jobs }: ProcessAnswer, seconds: number): string[] {
  if (jobs >= FEW_JOBS && seconds >= SHORT_SECONDS) {
    return [];
  }
  const what = [
    ...(jobs < FEW_JOBS ? [counted(jobs, 'job')] : []),
    ...(seconds < SHORT_SECONDS ? [spanText(seconds)] : []),
  ].join(' in ');
  return [`! ${what} of history is little: plan again with at least ${FEW_JOBS} jobs and one hour`];
}

/** A line per plan, in columns; the first one names the units. */
export function tableOf(plans: readonly Plan[]): string[] {
  const hasPrices = plans.some(({ pricePerMonth }) => pricePerMonth !== null);
  const waits = padded(
    plans.map(({ wait }) => (wait === null ? '' : `${roundedText(wait.p95)} s`)),
    true,
  );
  const columns = [
    plans.map(({ id, starred }) => `${starred ? '*' : ' '} ${id}`),
    plans.map(({ manager }) => managerText(manager)),
    padded(
      plans.map(({ dynoHoursPerDay }) => roundedText(dynoHoursPerDay)),
      true,
    ).map((hours, row) => `${hours}${row === 0 ? ' dyno hours a day' : ''}`),
    ...(hasPrices
      ? [plans.map(({ pricePerMonth }, row) => `${priceText(pricePerMonth)}${row === 0 ? ' a month' : ''}`)]
      : []),
    plans.map(({ wait }, row) =>
      wait === null ? 'never ends' : `${row === 0 ? '95 % wait at most ' : ''}${waits[row] ?? ''}`,
    ),
  ].map((column, index, { length }) => (index === length - 1 ? column : padded(column)));
  return plans.map((_, row) =>
    columns
      .map((column) => column[row] ?? '')
      .join(GAP)
      .replace(GAP, '  ')
      .trimEnd(),
  );
}

const GAP = '   ';

function padded(texts: readonly string[], isRight = false): string[] {
  const width = Math.max(...texts.map(({ length }) => length));
  return texts.map((text) => (isRight ? text.padStart(width) : text.padEnd(width)));
}

/** `ratio 5, 0 to 10, decrementable` */
export function managerText(manager: WorkerManager): string {
  const { minimum, maximum, timeRanges, protect } = manager;
  if (minimum === maximum && timeRanges.length === 0) {
    return dynosText(maximum);
  }
  return [
    kindOf(manager).limits,
    `${amount(minimum)} to ${amount(maximum)}`,
    ...('decrementable' in manager && manager.decrementable ? ['decrementable'] : []),
    ...(protect ? ['protected'] : []),
    ...(timeRanges.length > 0 ? ['time ranges'] : []),
  ].join(', ');
}

export function priceText(price: number | null): string {
  return price === null ? '' : dollars(price);
}

/** Whole from 10 on, else with at most two decimals. */
export function roundedText(number: number): string {
  return amount(number >= 10 ? Math.round(number) : Number(number.toPrecision(2)));
}

export function secondsText(seconds: number): string {
  return `${roundedText(seconds)} s`;
}

/** `3 h 10 min`, `45 min`, `20 s` */
export function spanText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) {
    return secondsText(seconds);
  }
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [...(hours > 0 ? [`${amount(hours)} h`] : []), ...(rest > 0 ? [`${rest} min`] : [])].join(' ');
}
