/** The goals that no setting keeps, with how near one comes; and whether the manager of now is one that works. */
import { hoursOf, waitOf } from '../../plan/picks.js';
import { DAY } from '../../plan/run.js';
import { dollars } from '../../run/cost.js';
import { priceOf, type Goal, type PickedProcess } from './answer.js';
import { managerText, secondsText } from './text.js';

/** Empty: all is well. */
export function failuresOf(processes: readonly PickedProcess[], goal: Goal): string[] {
  return [
    ...endless(processes),
    ...(goal.budget === undefined ? missedWaits(processes, goal) : missedBudget(processes, goal.budget)),
  ];
}

function endless(processes: readonly PickedProcess[]): string[] {
  return processes
    .filter(({ searched }) => searched.now.replayed.endless)
    .map((process) => `${process.name}: ${whyEndless(process)}`);
}

function whyEndless({ now, workload: { jobs, seconds, estimated } }: PickedProcess): string {
  const long = jobs.find(({ readyAt, took }) => Math.max(readyAt, 0) + took > seconds + DAY);
  return long
    ? `a job of ${secondsText(long.took)} ends over a day after the trace, with any manager: ${estimated ? 'check --job' : 'give its times in seconds'}`
    : `with ${managerText(now)} the jobs never end: raise its maximum, or protect the dynos that run jobs`;
}

function missedWaits(processes: readonly PickedProcess[], { wait }: Goal): string[] {
  return processes.flatMap(({ name, picks: { cheaper, nearest } }) => {
    if (wait === undefined || cheaper) {
      return [];
    }
    const near = nearest ? `: ${managerText(nearest.manager)} comes nearest, with ${secondsText(waitOf(nearest))}` : '';
    return `${name}: no setting keeps a 95 % wait of ${secondsText(wait)}${near}`;
  });
}

function missedBudget(processes: readonly PickedProcess[], budget: number): string[] {
  if (processes.every(({ picks }) => picks.starred !== undefined)) {
    return [];
  }
  const nearest = processes.map(({ name, picks: { nearest: near }, price }) => ({
    text: near ? `${name} with ${managerText(near.manager)}` : `${name} with no setting that ends`,
    cost: near ? (priceOf(hoursOf(near), price) ?? 0) : Infinity,
  }));
  const sum = nearest.reduce((total, { cost }) => total + cost, 0);
  const near = Number.isFinite(sum) ? `, the cheapest is ${dollars(sum)}` : '';
  return [`no setting keeps ${dollars(budget)} a month${near}: ${nearest.map(({ text }) => text).join(', ')}`];
}
