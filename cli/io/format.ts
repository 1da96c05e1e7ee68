/** Times, numbers and dynos in words, the same in a terminal and in a browser. */

/** `00:15`, or `1:00:15`. */
export function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60].map(twoDigits);
  return [...(seconds >= 3600 ? [`${Math.floor(seconds / 3600)}`] : []), ...parts].join(':');
}

/** `45s`, `2m 05s`, `1h 02m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole}s`;
  }
  const minutes = Math.floor(whole / 60);
  return whole < 3600
    ? `${minutes}m ${twoDigits(whole % 60)}s`
    : `${Math.floor(whole / 3600)}h ${twoDigits(minutes % 60)}m`;
}

function twoDigits(number: number): string {
  return `${number}`.padStart(2, '0');
}

/** One for all amounts, because making a format is slow. */
const AMOUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** `1,234.5`; `unknown` for null. */
export function amount(value: number | null): string {
  return value === null ? 'unknown' : AMOUNT.format(value);
}

/** `1 job`, `1,234 jobs`. */
export function counted(count: number, what: string): string {
  return `${amount(count)} ${what}${count === 1 ? '' : 's'}`;
}

export function dynosText(dynos: number): string {
  return counted(dynos, 'dyno');
}
