/** What HireFire would do: the strategies, as pure functions of a manager, what came before, and the clock. */
import { kindOf } from './kinds.js';
import type { Manager } from './schema.js';
import { boundsAt, type Bounds } from './time-ranges.js';

/** What one process has been through, as far as a decision depends on it. */
export interface History {
  readonly dynos: number;
  /** Checkups in a row that wanted more dynos, or fewer; since the last scaling. */
  readonly upscalesWanted: number;
  readonly downscalesWanted: number;
  /** Epoch milliseconds of the last scaling in each direction. */
  readonly upscaledAt: number | undefined;
  readonly downscaledAt: number | undefined;
}

/** What a checkup saw of one process. */
export interface Checkup {
  /** HireFire's clock, in epoch milliseconds: it decides about time-outs and time ranges, so a run may let it go faster. */
  readonly at: number;
  /** Jobs, seconds, milliseconds or requests, as the manager has it; null: unknown, so nothing is done. */
  readonly value: number | null;
  /** @default 'UTC' */
  readonly timeZone?: string;
}

export interface Decision {
  /** Dynos from now on; those of `history`. */
  readonly dynos: number;
  /** What to decide the next checkup by. */
  readonly history: History;
  /** Why dynos are not what the value asks for: waiting for more checkups to agree, or for a time-out to pass. */
  readonly waitsFor?: 'sensitivity' | 'timeout';
}

/** @param dynos - those that are up when the first checkup comes */
export function newHistory(dynos: number): History {
  return { dynos, upscalesWanted: 0, downscalesWanted: 0, upscaledAt: undefined, downscaledAt: undefined };
}

/** The same, after someone scaled by hand. */
export function scaledByHand(history: History, dynos: number): History {
  return { ...history, dynos, upscalesWanted: 0, downscalesWanted: 0 };
}

export function decide(manager: Manager, history: History, { at, value, timeZone = 'UTC' }: Checkup): Decision {
  if (value === null) {
    return { dynos: history.dynos, history };
  }
  const { dynos } = history;
  const bounds = boundsWith(manager, boundsAt(manager, at, timeZone), value);
  const target = clamp(kindOf(manager).wanted(manager, value, dynos), bounds);
  const upscalesWanted = target > dynos ? history.upscalesWanted + 1 : 0;
  const downscalesWanted = target < dynos ? history.downscalesWanted + 1 : 0;
  const waitsFor = reasonToWait(manager, { ...history, upscalesWanted, downscalesWanted }, target, at);
  // The bounds hold at once, whatever a sensitivity or a time-out says.
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

/** `upscaleOnInitialJob` is a lower bound too. */
function boundsWith(manager: Manager, { minimum, maximum }: Bounds, value: number): Bounds {
  const initial = manager.type === 'job-queue-latency' && manager.upscaleOnInitialJob && value > 0 ? 1 : 0;
  return { minimum: Math.min(Math.max(minimum, initial), maximum), maximum };
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
