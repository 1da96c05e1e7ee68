/** Measuring variants in turns, so that whatever drifts meanwhile drifts for all of them. */
import type { Random } from './statistics.js';

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds before those that count. */
  readonly warmUps: number;
  readonly random?: Random;
  /** Told before each measurement; rounds count from 1, and warm-ups up to 0. */
  readonly onTurn?: (variant: string, round: number) => void;
}

/** What each variant gave, round by round. */
export type Measured<Name extends string, Result> = Readonly<Record<Name, readonly Result[]>>;

/** Measures every variant once a round, one after the other, in an order that chance gives anew each round. */
export async function measureInRounds<Name extends string, Result>(
  variants: readonly Name[],
  measure: (variant: Name) => Result | Promise<Result>,
  { rounds, warmUps, random = Math.random, onTurn }: RoundOptions,
): Promise<Measured<Name, Result>> {
  const measured = new Map<Name, Result[]>(variants.map((variant) => [variant, []]));
  for (let round = 1 - warmUps; round <= rounds; round++) {
    for (const variant of shuffled(variants, random)) {
      onTurn?.(variant, round);
      const result = await measure(variant);
      if (round > 0) {
        measured.get(variant)?.push(result);
      }
    }
  }
  return Object.fromEntries(measured) as Record<Name, Result[]>;
}

/** In any order with the same chance (Fisher and Yates). */
export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}
