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

/** `$65 a month` */
export function perMonth(amount: number): string {
  return `${dollars(amount)} a month`;
}

/** `$1,234` or, for less than ten dollars, `$1.23`. */
export function dollars(amount: number): string {
  const digits = amount < 10 ? 2 : 0;
  return `$${amount.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** `1.3 dynos on average`; an empty text before any time has passed. */
export function averageText(dynoSeconds: number, seconds: number): string {
  return seconds > 0 ? `${(dynoSeconds / seconds).toFixed(1)} dynos on average` : '';
}
