/** Dyno hours and their cost in words, the same in a terminal and in a browser. */

/** Heroku counts a month as 30 days. */
const SECONDS_PER_MONTH = 30 * 24 * 3600;

export function costOf(dynoSeconds: number, pricePerMonth: number): number {
  return (dynoSeconds / SECONDS_PER_MONTH) * pricePerMonth;
}

/** `0.003 dyno hours ($0.0123)`; without a cost, the hours alone. */
export function dynoHours(dynoSeconds: number, cost: number | undefined): string {
  const hours = `${(dynoSeconds / 3600).toFixed(3)} dyno hours`;
  return cost === undefined ? hours : `${hours} ($${cost.toFixed(cost < 1 ? 4 : 2)})`;
}

/** The same by the price of a dyno; undefined: no price is known. */
export function dynoHoursAt(price: number | undefined, dynoSeconds: number): string {
  return dynoHours(dynoSeconds, price === undefined ? undefined : costOf(dynoSeconds, price));
}
