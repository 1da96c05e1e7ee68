/** What the page is told of a run, by server-sent events; and what it shows of a report. */
import type { Manager } from '../hirefire/managers/schema.js';
import type { Point, RunEvent } from '../run/run-state.js';

export interface PageProcess {
  readonly name: string;
  /** Null: nobody scales it. */
  readonly manager: Manager | null;
  readonly unit: string;
  readonly dynos: number;
  readonly dynoSeconds: number;
  readonly dynoSecondsAtMaximum: number;
  /** Dollars for the dyno seconds, and for those at the maximum; null: no price is known. */
  readonly cost: number | null;
  readonly costAtMaximum: number | null;
  /** All there are, or those since the message before. */
  readonly points: readonly Point[];
}

export interface PageMessage {
  readonly title: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly speed: number;
  /** Whether dynos can be added by hand. */
  readonly canScale: boolean;
  readonly processes: readonly PageProcess[];
  /** All that are kept, or those since the message before. */
  readonly events: readonly RunEvent[];
}

/** The events of the stream: everything there is, then only what is new. */
export const ALL_EVENT = 'all';
export const MORE_EVENT = 'more';

/** Where the page sends `ManagerChange` and `ScaleByHand`, as JSON. Answers: 204, or another status and why as text. */
export const MANAGER_PATH = '/manager';
export const SCALE_PATH = '/scale';
export const EVENTS_PATH = '/events';

export interface ManagerChange {
  readonly process: string;
  readonly manager: Manager;
}

export interface ScaleByHand {
  readonly process: string;
  readonly dynos: number;
}
