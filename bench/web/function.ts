/** What `web: true` runs for each request, alone, beside the least that could do it. */
import { Child } from '../support/child.js';
import type { Measured } from '../support/rounds.js';

/**
 * `floor` reads the header, parses it and pushes to an array, `floorAgain` is the very same function, `ours` is the
 * listener that the module puts in front of an app's own. `empty` shows what calling alone costs; it is part of all.
 */
export const FUNCTIONS = ['empty', 'floor', 'floorAgain', 'ours'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

type PerCall = Measured<FunctionName, number>;

export interface FunctionCosts {
  readonly nanoseconds: PerCall;
  readonly bytes: PerCall;
}

/** Bytes are counted while none are collected, so the young generation must hold all of a turn. */
const FLAGS_FOR_BYTES = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

/** @param processes - that measure time, one after the other, because no two compile the same code in the same way */
export async function measureFunctions(processes: number, roundsEach: number): Promise<FunctionCosts> {
  const timings: PerCall[] = [];
  for (let started = 0; started < processes; started++) {
    timings.push(await measured('time', roundsEach));
  }
  return { nanoseconds: joined(timings), bytes: await measured('bytes', roundsEach, FLAGS_FOR_BYTES) };
}

async function measured(unit: 'time' | 'bytes', rounds: number, flags: readonly string[] = []): Promise<PerCall> {
  const child = new Child<PerCall>('web/function-process.ts', { args: [unit, `${rounds}`], flags });
  try {
    return await child.next();
  } finally {
    await child.stop();
  }
}

function joined(parts: readonly PerCall[]): PerCall {
  const all = (name: FunctionName): number[] => parts.flatMap((part) => part[name]);
  return { empty: all('empty'), floor: all('floor'), floorAgain: all('floorAgain'), ours: all('ours') };
}
