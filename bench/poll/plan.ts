/** What is measured, under which circumstances. */

export const LIBRARIES = ['bull', 'bullmq-5', 'bullmq-6'] as const;
export type LibraryName = (typeof LIBRARIES)[number];

/** Whose connections the queues use: one for all of them, or as Nest does by default, one for each. */
export const SET_UPS = ['own', 'shared'] as const;
export type SetUp = (typeof SET_UPS)[number];

/** How Redis is reached. */
export const LINKS = ['loopback', 'delayed'] as const;
export type Link = (typeof LINKS)[number];

/** Milliseconds that the delayed link takes each direction: 1 ms there and back. */
export const DELAY = 0.5;

/** What the first of the queues holds. With `none` all of them are empty, otherwise each of the others holds some jobs. */
export interface Backlog {
  readonly name: string;
  readonly kind: 'none' | 'waiting' | 'delayed' | 'prioritized';
  readonly count: number;
}

/** Jobs that wait in each queue but the first. */
export const JOBS_OF_OTHERS = 3;

export const VARIANTS = [
  'floor',
  'floorAgain',
  'size',
  'sizeOfProcs',
  'latencyFloor',
  'latency',
  'latencyOfProcs',
  'handWritten',
  'judoscale',
] as const;
export type Variant = (typeof VARIANTS)[number];

/** The floor that each variant is compared with: it answers the same question. */
export const FLOOR_OF: Readonly<Record<Variant, Variant>> = {
  floor: 'floor',
  floorAgain: 'floor',
  size: 'floor',
  sizeOfProcs: 'floor',
  latencyFloor: 'floor',
  latency: 'latencyFloor',
  latencyOfProcs: 'latencyFloor',
  handWritten: 'floor',
  judoscale: 'floor',
};

export interface Case {
  readonly library: LibraryName;
  readonly setUp: SetUp;
  readonly link: Link;
  readonly backlog: string;
  readonly queues: number;
}

export interface Plan {
  readonly libraries: readonly LibraryName[];
  readonly counts: readonly number[];
  readonly backlogs: readonly Backlog[];
  /** The backlog of the tables that are about other things. */
  readonly usual: Backlog;
  /** Milliseconds that one case may take, and one of 1,000 queues. */
  readonly budget: number;
  readonly longBudget: number;
  readonly http: HttpPlan;
}

/** Nest's modules for queues; for BullMQ it brings version 6. */
export type Backend = 'bull' | 'bullmq';

export interface HttpPlan {
  readonly backends: readonly Backend[];
  readonly rounds: number;
  /** Milliseconds that one burst of requests is to take. */
  readonly burst: number;
}

const WAITING_10K: Backlog = { name: '10k waiting', kind: 'waiting', count: 10_000 };
const NONE: Backlog = { name: 'none', kind: 'none', count: 0 };

export function fullPlan(budget: number): Plan {
  return {
    libraries: LIBRARIES,
    counts: [1, 10, 100, 1_000],
    backlogs: [
      NONE,
      WAITING_10K,
      { name: '1M waiting', kind: 'waiting', count: 1_000_000 },
      { name: '100k delayed', kind: 'delayed', count: 100_000 },
      { name: '100k prioritized', kind: 'prioritized', count: 100_000 },
    ],
    usual: WAITING_10K,
    budget,
    longBudget: 3 * budget,
    http: { backends: ['bull', 'bullmq'], rounds: 8, burst: 600 },
  };
}

export const QUICK_PLAN: Plan = {
  libraries: ['bull', 'bullmq-5'],
  counts: [1, 10],
  backlogs: [
    NONE,
    { name: '1k waiting', kind: 'waiting', count: 1_000 },
    { name: '1k prioritized', kind: 'prioritized', count: 1_000 },
  ],
  usual: { name: '1k waiting', kind: 'waiting', count: 1_000 },
  budget: 30,
  longBudget: 30,
  http: { backends: ['bull'], rounds: 1, burst: 100 },
};

/** BullMQ 6 differs from 5 in little that a poll could see: one backlog and one link are enough to tell. */
export function isMeasured(
  plan: Plan,
  { library, link, backlog }: Pick<Case, 'library' | 'link' | 'backlog'>,
): boolean {
  return library !== 'bullmq-6' || (link === 'loopback' && backlog === plan.usual.name);
}

/** The agent of Judoscale knows BullMQ 5, and with 1,000 queues it takes seconds: there once is enough. */
export function variantsOf(plan: Plan, { library, backlog, queues }: Case): Variant[] {
  const hasJudoscale = library === 'bullmq-5' && (queues < 1_000 || backlog === plan.usual.name);
  return VARIANTS.filter((variant) => variant !== 'judoscale' || hasJudoscale);
}
