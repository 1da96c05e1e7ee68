import { checked, refuse, type Check } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { isObject } from '../hirefire.unknown.js';

/**
 * Settings of the manager in HireFire, by which the number says how far down is safe: while a dyno runs a job, HireFire keeps
 * that dyno and those with a lower number. Heroku stops the highest numbers first.
 *
 * @example
 * ```ts
 * const protect: ProtectOptions = { ratio: 5 };
 * ```
 *
 * @publicApi
 */
export type ProtectOptions =
  | {
      /** For the metric `size`: the manager's ratio, in jobs per dyno, a whole number from 1. */
      readonly ratio: number;
    }
  | {
      /** For the metric `latency`: the manager's minimum latency, in seconds. */
      readonly minimumLatency: number;
    };

const wholeFrom1: Check<number> = (given) =>
  typeof given === 'number' && Number.isSafeInteger(given) && given >= 1
    ? given
    : refuse('a whole number from 1, the ratio of the manager in HireFire', given);

const secondsAboveZero: Check<number> = (given) =>
  typeof given === 'number' && Number.isFinite(given) && given > 0
    ? given
    : refuse('a number of seconds above 0, the minimum latency of the manager in HireFire', given);

export const anObject: Check<object | undefined> = (given) =>
  given === undefined || isObject(given) ? given : refuse('an object, such as { ratio: 5 }', given);

/** @throws HireFireConfigError for settings that do not belong to the metric */
export function checkedProtect(
  given: object,
  metric: Metric,
  subject: { readonly owner: string; readonly procName: string },
): ProtectOptions {
  const within = { ...subject, within: 'protect' };
  const [own, other, metricOfOther] =
    metric === 'size' ? ['ratio', 'minimumLatency', 'latency'] : ['minimumLatency', 'ratio', 'size'];
  if (other in given) {
    throw new HireFireConfigError(
      `${subject.owner}: the option "${other}" of "protect" is for the metric '${metricOfOther}'. Set that metric, or "${own}" instead.`,
      subject.procName,
    );
  }
  return metric === 'size'
    ? checked({ ratio: wholeFrom1 }, given, within)
    : checked({ minimumLatency: secondsAboveZero }, given, within);
}

/** The least size at which a manager with this ratio keeps all dynos up to the highest that runs a job. */
export function leastSize(ratio: number, workers: readonly string[], procName: string): number {
  const highest = workers.reduce((found, worker) => Math.max(found, dynoNumber(worker, procName)), 0);
  return highest === 0 ? 0 : ratio * (highest - 1) + 1;
}

/** A Heroku dyno counts from 1, as in `worker.3`; a pod of a StatefulSet from 0, as in `worker-2`. Digits beyond 9999 are no number. */
const PLACE = /^(?<process>[a-z][\w-]*?)(?:\.(?<dyno>[1-9]\d{0,3})|-(?<pod>0|[1-9]\d{0,3}))$/i;

/** A warning where the name of a worker does not say in which dyno it runs. */
export function placeWarning(workers: readonly string[]): string[] {
  return workers.every((worker) => PLACE.test(worker))
    ? []
    : [
        `a job of its queues runs in a worker whose name does not say its dyno, as in worker.1. The job counts, but its dyno is not ` +
          `protected: call drainOnShutdown(app) of 'nestjs-hirefire/worker' in the worker's entry file, with BullMQ 5.3 or later, ` +
          `or name the worker process.env.DYNO.`,
      ];
}

/** 0 for a dyno of another process, and for a name without a number. */
function dynoNumber(worker: string, procName: string): number {
  const { process, dyno, pod } = PLACE.exec(worker)?.groups ?? {};
  return process !== procName ? 0 : dyno === undefined ? Number(pod) + 1 : Number(dyno);
}
