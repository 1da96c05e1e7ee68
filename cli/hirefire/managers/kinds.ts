/** Everything that depends on a manager's type, except its settings. No zod: the page bundles this file. */
import { amount } from '../../io/format.js';
import { aggregate } from './aggregate.js';
import type { Manager } from './schema.js';

/** A line in the chart that the number is compared with. */
export interface Threshold {
  readonly label: string;
  /** Its height with that many dynos. */
  readonly at: (dynos: number) => number;
}

/** Measurements of the web dynos since the last checkup, in milliseconds. */
export interface WebMeasurements {
  readonly queueTimes: readonly number[];
  readonly responseTimes: readonly number[];
  readonly requestsPerMinute: number;
}

interface Kind {
  readonly unit: string;
  /** The unit of exactly 1, where it differs. */
  readonly singular?: string;
  /** The number with its unit, for an axis. */
  readonly label: string;
  /** The number is one of jobs. */
  readonly countsJobs?: true;
  /** The number is the age of the oldest job. */
  readonly isLatency?: true;
  readonly isQueueTime?: true;
  /** The settings of its thresholds: `ratio 5`, `1 to 5 s` */
  readonly limits: string;
  readonly thresholds: readonly Threshold[];
  /** The part of the rule that applies to a value, in a few words. */
  readonly rule: (value: number, dynos: number) => string;
  /** The dynos that a value asks for, before any bounds. */
  readonly wanted: (value: number, dynos: number) => number;
  /** A second minimum, which depends on the value. */
  readonly minimumFor?: (value: number) => number;
  /** The number of web dynos; null without samples. */
  readonly measure?: (web: WebMeasurements) => number | null;
}

type Type = Manager['type'];
/** A union for a union of types, so TypeScript sees that a manager fits the entry of its type. */
export type ManagerOf<T extends Type> = { [P in T]: { readonly type: P } & Extract<Manager, { readonly type: P }> }[T];

const KINDS: { readonly [T in Type]: (manager: ManagerOf<T>) => Kind } = {
  'job-queue-size': ({ ratio, decrementable, upscaleLimit, downscaleLimit }) => ({
    unit: 'jobs',
    singular: 'job',
    label: 'jobs',
    countsJobs: true,
    limits: `ratio ${amount(ratio)}`,
    thresholds: [perDyno(ratio)],
    rule: (value, dynos) => {
      const waits = !decrementable && value > 0 && Math.ceil(value / ratio) < dynos;
      return `${amount(ratio)} per dyno${waits ? ', none stops before 0' : ''}`;
    },
    wanted: (value, dynos) => {
      const wanted = Math.ceil(value / ratio);
      if (wanted > dynos) {
        return upscaleLimit > 0 ? Math.min(wanted, dynos + upscaleLimit) : wanted;
      }
      if (!decrementable && value > 0) {
        return dynos;
      }
      return downscaleLimit > 0 ? Math.max(wanted, dynos - downscaleLimit) : wanted;
    },
  }),
  'job-queue-latency': (manager) => ({
    ...between('latency', 's', manager.minimumLatency, manager.maximumLatency, manager),
    isLatency: true,
    minimumFor: (value) => (manager.upscaleOnInitialJob && value > 0 ? 1 : 0),
  }),
  'request-queue-time': (manager) => ({
    ...between('queue time', 'ms', manager.minimumQueueTime, manager.maximumQueueTime, manager),
    isQueueTime: true,
    measure: ({ queueTimes }) => aggregate(queueTimes, manager),
  }),
  'response-time': (manager) => ({
    ...between('response time', 'ms', manager.minimumResponseTime, manager.maximumResponseTime, manager),
    measure: ({ responseTimes }) => aggregate(responseTimes, manager),
  }),
  'requests-per-minute': ({ ratio }) => ({
    unit: 'requests/min',
    label: 'requests/min',
    limits: `ratio ${amount(ratio)}`,
    thresholds: [perDyno(ratio)],
    rule: () => `${amount(ratio)} per dyno`,
    wanted: (value) => Math.ceil(value / ratio),
    measure: ({ requestsPerMinute }) => requestsPerMinute,
  }),
};

/** For web dynos without a manager, the page and the report show their queue time. */
const UNMANAGED: Kind = {
  unit: 'ms',
  label: 'queue time, ms',
  isQueueTime: true,
  limits: '',
  thresholds: [],
  rule: () => 'no manager, so the dynos stay',
  wanted: (_value, dynos) => dynos,
  measure: ({ queueTimes }) => aggregate(queueTimes, { aggregation: 'percentile', percentile: 95 }),
};

/** Made once per manager: a replay asks at every checkup. */
const kinds = new WeakMap<Manager, Kind>();

export function kindOf(manager: Manager | undefined): Kind {
  if (manager === undefined) {
    return UNMANAGED;
  }
  const kind = kinds.get(manager) ?? entryOf(manager);
  kinds.set(manager, kind);
  return kind;
}

function entryOf<T extends Type>(manager: ManagerOf<T>): Kind {
  return KINDS[manager.type](manager);
}

function perDyno(ratio: number): Threshold {
  return { label: `ratio × dynos (${amount(ratio)} each)`, at: (dynos) => ratio * dynos };
}

function between(
  what: string,
  unit: string,
  low: number,
  high: number,
  { upscaleQuantity, downscaleQuantity }: { readonly upscaleQuantity: number; readonly downscaleQuantity: number },
): Kind {
  const limits = `${amount(low)} to ${amount(high)} ${unit}`;
  return {
    unit,
    label: `${what}, ${unit}`,
    limits,
    thresholds: [
      { label: `minimum ${what} ${amount(low)} ${unit}`, at: () => low },
      { label: `maximum ${what} ${amount(high)} ${unit}`, at: () => high },
    ],
    rule: (value) =>
      value > high
        ? `above ${amount(high)} ${unit}, more`
        : value < low
          ? `below ${amount(low)} ${unit}, fewer`
          : `${limits}, no change`,
    wanted: (value, dynos) =>
      value > high ? dynos + upscaleQuantity : value < low ? dynos - downscaleQuantity : dynos,
  };
}

/** `42 jobs`, `0.5 s`; `unknown` for null. */
export function numberText(value: number | null, manager: Manager | undefined): string {
  const { unit, singular = unit } = kindOf(manager);
  return value === null ? 'unknown' : `${amount(value)} ${value === 1 ? singular : unit}`;
}
