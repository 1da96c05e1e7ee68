/** HireFire's decisions, as pure functions of a manager, the history of its process, and the clock. */
import { kindOf } from './kinds.js';
import type { Manager } from './schema.js';
import { boundsAt, type Bounds } from './time-ranges.js';

/** The past of one process, as far as a decision depends on it. */
export interface History {
  readonly dynos: number;
  /** Checkups in a row that wanted more dynos, or fewer; since the last scaling. */
  readonly upscalesWanted: number;
  readonly downscalesWanted: number;
  /** Epoch milliseconds of the last scaling in each direction. */
  readonly upscaledAt: number | undefined;
  readonly downscaledAt: number | undefined;
}

/** The input of one decision. */
export interface Checkup {
  /** Epoch milliseconds of HireFire's clock, which time-outs and time ranges use; a run may speed it up. */
  readonly at: number;
  /** In the unit of the manager; null: unknown, so nothing is done. */
  readonly value: number | null;
  /** @default 'UTC' */
  readonly timeZone?: string;
}

export interface Decision {
  /** Dynos from now on, as in `history`. */
  readonly dynos: number;
  /** For the next decision. */
  readonly history: History;
  /** The reason why the dynos are not yet as the value asks: more checkups must agree, or a time-out must pass. */
  readonly waitsFor?: 'sensitivity' | 'timeout';
}

/** @param dynos - up at the first checkup */
export function newHistory(dynos: number): History {
  return { dynos, upscalesWanted: 0, downscalesWanted: 0, upscaledAt: undefined, downscaledAt: undefined };
}

export function scaledByHand(history: History, dynos: number): History {
  return { ...history, dynos, upscalesWanted: 0, downscalesWanted: 0 };
}

export function decide(manager: Manager, history: History, { at, value, timeZone = 'UTC' }: Checkup): Decision {
  if (value === null) {
    return { dynos: history.dynos, history };
  }
  const { dynos } = history;
  const { wanted, minimumFor } = kindOf(manager);
  const { minimum, maximum } = boundsAt(manager, at, timeZone);
  const bounds = { minimum: Math.min(Math.max(minimum, minimumFor?.(value) ?? 0), maximum), maximum };
  const target = clamp(wanted(value, dynos), bounds);
  const upscalesWanted = target > dynos ? history.upscalesWanted + 1 : 0;
  const downscalesWanted = target < dynos ? history.downscalesWanted + 1 : 0;
  const waitsFor = reasonToWait(manager, { ...history, upscalesWanted, downscalesWanted }, target, at);
  // The bounds apply at once, without sensitivity or time-out.
  const next = waitsFor === undefined ? target : clamp(dynos, bounds);
  return {
    dynos: next,
    history: {
      dynos: next,
      upscalesWanted: next === dynos ? upscalesWanted : 0,
      downscalesWanted: next === dynos ? downscalesWanted : 0,
      upscaledAt: next > dynos ? at : history.upscaledAt,
      downscaledAt: next < dynos ? at : history.downscaledAt,
    },
    ...(waitsFor !== undefined && { waitsFor }),
  };
}

function clamp(dynos: number, { minimum, maximum }: Bounds): number {
  return Math.min(Math.max(dynos, minimum), maximum);
}

function reasonToWait(manager: Manager, history: History, target: number, at: number): Decision['waitsFor'] {
  if (target === history.dynos) {
    return undefined;
  }
  const isUp = target > history.dynos;
  const [agreed, sensitivity, minutes, scaledAt] = isUp
    ? [history.upscalesWanted, manager.upscaleSensitivity, manager.upscaleTimeout, history.upscaledAt]
    : [history.downscalesWanted, manager.downscaleSensitivity, manager.downscaleTimeout, history.downscaledAt];
  if (agreed < sensitivity) {
    return 'sensitivity';
  }
  return scaledAt !== undefined && at - scaledAt < minutes * 60_000 ? 'timeout' : undefined;
}
