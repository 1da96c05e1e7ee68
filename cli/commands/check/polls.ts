/** Measures how fast the app answers polls, one after another and several at once. */
import { AskError } from '../../hirefire/ask-failures.js';
import { MAX_ANSWER_MS } from '../../hirefire/ask.js';
import { hasNumbers, infoOf } from './answers.js';
import type { AskedApp, Outcome, Way } from './asked-app.js';
import { fail, ok, warn, type Finding } from './result.js';

const SLOW_MS = 1000;
const TOO_SLOW_MS = 10_000;

/** HireFire polls once per manager. */
const PARALLEL_POLLS = 10;
/** Polls wait for each other if the slowest takes this many times as long as one alone or the fastest, and this much longer. */
const WAITING_FACTOR = 5;
const WAITING_MS = 100;

export interface AnswerTimes {
  readonly finding: Finding;
  /** Milliseconds of the slowest poll; undefined: a poll failed. */
  readonly maximum: number | undefined;
}

export async function askOneByOne(app: AskedApp, way: Way, polls: number): Promise<AnswerTimes> {
  const outcomes: Outcome[] = [];
  for (let poll = 0; poll < polls; poll++) {
    const outcome = await app.info(way);
    outcomes.push(outcome);
    // One poll this slow is enough: more would keep the user waiting.
    if (outcome.ms >= TOO_SLOW_MS) {
      break;
    }
  }
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
  const maximum = times.at(-1) ?? 0;
  const range = rangeOf(times);
  const failures = failedPolls(outcomes, app.token);
  if (maximum >= TOO_SLOW_MS) {
    const heroku = `Heroku's router ends a request after ${MAX_ANSWER_MS / 1000} s with a 503 (H12)`;
    return { finding: fail(`far too slow: ${range}: see what the procs wait for; ${heroku}`, range), maximum };
  }
  if (failures !== undefined) {
    return { finding: fail(failures, range), maximum: undefined };
  }
  const finding = maximum >= SLOW_MS ? warn(`slow: ${range}: see what the procs wait for`, range) : ok(range, range);
  return { finding, maximum };
}

/** @param alone - milliseconds of the slowest poll in {@link askOneByOne} */
export async function askAtOnce(app: AskedApp, way: Way, alone: number): Promise<Finding> {
  const finding = await askTogether(app, way, alone);
  // Try twice: a machine that is busy for a moment looks the same.
  return finding.status === 'warn' ? askTogether(app, way, alone) : finding;
}

async function askTogether(app: AskedApp, way: Way, alone: number): Promise<Finding> {
  const outcomes = await Promise.all(Array.from({ length: PARALLEL_POLLS }, () => app.info(way)));
  const times = outcomes.map(({ ms }) => ms);
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)];
  const seen = `one alone ${milliseconds(alone)}, ${PARALLEL_POLLS} at once ${milliseconds(fastest)} to ${milliseconds(slowest)}`;
  const failures = failedPolls(outcomes, app.token);
  if (failures !== undefined) {
    return fail(`at once, ${failures}`, seen);
  }
  return slowest >= WAITING_FACTOR * Math.max(alone, fastest) && slowest - fastest >= WAITING_MS
    ? warn(
        `polls wait for each other: ${seen}: HireFire polls once per manager, so let them share one measurement`,
        seen,
      )
    : ok(seen, seen);
}

function failedPolls(outcomes: readonly Outcome[], token: string): string | undefined {
  const failed = outcomes.filter((outcome) => !hasNumbers(outcome));
  const [first] = failed;
  if (first === undefined) {
    return undefined;
  }
  const reason = first instanceof AskError ? first.message : infoOf(first, token, true).message;
  return `${failed.length} of ${outcomes.length} polls failed: ${reason}`;
}

function rangeOf(sorted: readonly number[]): string {
  const [minimum = 0] = sorted;
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const maximum = sorted.at(-1) ?? 0;
  return `min ${milliseconds(minimum)}, median ${milliseconds(median)}, max ${milliseconds(maximum)}`;
}

function milliseconds(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
