/** How often each variant is measured: the slow ones more seldom, and each time beside all that are faster. */

/** In which of the rounds a variant takes part: each `stride`-th, beginning with the first. */
export interface Turns<Name extends string> {
  readonly rounds: number;
  readonly strides: ReadonlyMap<Name, number>;
}

export interface TurnOptions {
  /** Milliseconds for all. */
  readonly budget: number;
  readonly fewest: number;
  readonly most: number;
}

/**
 * Gives each variant an equal share of the time. Strides are powers of two, so that whatever is measured in few rounds
 * is measured in rounds in which all that are measured more often are, too.
 *
 * @param durations - about how many ms one measurement of each takes
 */
export function turnsOf<Name extends string>(
  durations: ReadonlyMap<Name, number>,
  { budget, fewest, most }: TurnOptions,
): Turns<Name> {
  const share = budget / durations.size;
  const wanted = [...durations].map(([name, duration]): [Name, number] => [
    name,
    Math.min(Math.max(Math.floor(share / duration), fewest), most),
  ]);
  const rounds = Math.max(...wanted.map(([, count]) => count));
  return {
    rounds,
    strides: new Map(wanted.map(([name, count]) => [name, 2 ** Math.floor(Math.log2(rounds / count))])),
  };
}

/** The variants of a round; rounds count from 0. */
export function membersOf<Name extends string>({ strides }: Turns<Name>, round: number): Name[] {
  return [...strides].filter(([, stride]) => round % stride === 0).map(([name]) => name);
}
