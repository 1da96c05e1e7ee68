/** Whole numbers to try for a setting. */

/** The whole numbers next to a value: a factor away, or 1 where that is more. */
export function nextTo(value: number, factor: number): number[] {
  return [
    Math.min(Math.round(value / factor), Math.ceil(value) - 1),
    Math.max(Math.round(value * factor), Math.floor(value) + 1),
  ].filter((step) => step >= 0);
}

/** Whole numbers from `low` to `high`, each by about the same factor above the one before. */
export function geometric(low: number, high: number, count: number): number[] {
  const factor = (high / low) ** (1 / (count - 1));
  return distinct(Array.from({ length: count }, (_, place) => Math.round(low * factor ** place)));
}

export function inBetween(low: number, high: number): number {
  return Math.round(Math.sqrt(low * high));
}

export function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}
