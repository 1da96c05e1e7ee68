/** What each type of manager is, beside its settings: the unit of its number, its thresholds, and how it decides. No zod: the page has it too. */
import type { Manager } from './schema.js';

type ManagerOf<T extends Manager['type']> = Extract<Manager, { readonly type: T }>;

/** A line that the number is compared with. */
export interface Threshold {
  readonly label: string;
  /** Its height where there are so many dynos. */
  readonly at: (dynos: number) => number;
}

interface Kind<M extends Manager> {
  readonly unit: string;
  /** The number with its unit, for an axis. */
  readonly label: string;
  readonly thresholds: (manager: M) => readonly Threshold[];
  /** The dynos that a value asks for, before any bounds. */
  readonly wanted: (manager: M, value: number, dynos: number) => number;
}

const KINDS: { readonly [T in Manager['type']]: Kind<ManagerOf<T>> } = {
  'job-queue-size': {
    unit: 'jobs',
    label: 'jobs',
    thresholds: ({ ratio }) => [perDyno(ratio)],
    wanted: ({ ratio, decrementable, upscaleLimit, downscaleLimit }, value, dynos) => {
      const wanted = Math.ceil(value / ratio);
      if (wanted > dynos) {
        return upscaleLimit > 0 ? Math.min(wanted, dynos + upscaleLimit) : wanted;
      }
      if (!decrementable && value > 0) {
        return dynos;
      }
      return downscaleLimit > 0 ? Math.max(wanted, dynos - downscaleLimit) : wanted;
    },
  },
  'requests-per-minute': {
    unit: 'requests/min',
    label: 'requests/min',
    thresholds: ({ ratio }) => [perDyno(ratio)],
    wanted: ({ ratio }, value) => Math.ceil(value / ratio),
  },
  'job-queue-latency': between('latency', 's', (manager) => [manager.minimumLatency, manager.maximumLatency]),
  'request-queue-time': between('queue time', 'ms', (manager) => [manager.minimumQueueTime, manager.maximumQueueTime]),
  'response-time': between('response time', 'ms', (manager) => [
    manager.minimumResponseTime,
    manager.maximumResponseTime,
  ]),
};

export function kindOf<M extends Manager>({ type }: M): Kind<M> {
  return KINDS[type] as unknown as Kind<M>;
}

function perDyno(ratio: number): Threshold {
  return { label: `ratio × dynos (${amount(ratio)} each)`, at: (dynos) => ratio * dynos };
}

interface Quantities {
  readonly upscaleQuantity: number;
  readonly downscaleQuantity: number;
}

function between<M extends Manager & Quantities>(
  what: string,
  unit: string,
  bounds: (manager: M) => readonly [low: number, high: number],
): Kind<M> {
  return {
    unit,
    label: `${what}, ${unit}`,
    thresholds: (manager) =>
      bounds(manager).map((height, index) => ({
        label: `${index === 0 ? 'minimum' : 'maximum'} ${what} ${amount(height)} ${unit}`,
        at: () => height,
      })),
    wanted: (manager, value, dynos) => {
      const [low, high] = bounds(manager);
      return value > high ? dynos + manager.upscaleQuantity : value < low ? dynos - manager.downscaleQuantity : dynos;
    },
  };
}

export function amount(value: number | null): string {
  return value === null ? 'unknown' : value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
