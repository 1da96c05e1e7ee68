/** What is said of measured values, and how sure it is. */

/** A source of numbers from 0 up to 1, as `Math.random` is. */
export type Random = () => number;

/** What a ratio is between, with the bounds of its 95 % confidence interval. */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** How {@link ratioOfMedians} gets its bounds, for whoever reads them. */
export const SPREAD = 'ratio of the medians, with its 95 % confidence interval (bootstrap over the rounds, in pairs)';

const RESAMPLES = 10_000;

/** The value below which the share `q` of the values lies, interpolated between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) {
    throw new RangeError('there is no quantile of nothing');
  }
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The median of the values over the median of the base. Its bounds come from doing the same with rounds drawn by chance,
 * again and again; what a round gave for both stays together, so what troubled a whole round troubles no ratio.
 *
 * @param values - one for each round
 * @param base - one for each round, in the same order
 */
export function ratioOfMedians(
  values: readonly number[],
  base: readonly number[],
  random: Random = seededRandom(1),
  resamples = RESAMPLES,
): Ratio {
  if (values.length !== base.length) {
    throw new RangeError(`${values.length} rounds can't be compared with ${base.length}`);
  }
  const ratios = Array.from({ length: resamples }, () => {
    const rounds = values.map(() => Math.floor(random() * values.length));
    return medianAt(values, rounds) / medianAt(base, rounds);
  });
  return { ratio: median(values) / median(base), low: quantile(ratios, 0.025), high: quantile(ratios, 0.975) };
}

/** Whether two ratios may well be the same: their intervals meet. */
export function meet(one: Ratio, other: Ratio): boolean {
  return one.low <= other.high && other.low <= one.high;
}

/** The same numbers each time (mulberry32), so that the same measurements give the same bounds. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function medianAt(values: readonly number[], places: readonly number[]): number {
  return median(places.map((place) => values[place] ?? NaN));
}
