/** Durations of the command line: a number of seconds, or one with a suffix: `90`, `1.5m`, `1h`. */
import { UsageError } from './usage-error.js';

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** Node's timers hold 24.8 days; a longer one would fire at once. */
const MAX_DURATION_SECONDS = 24 * 24 * 3600;

/**
 * @returns seconds
 * @throws UsageError for anything else than a duration above 0
 */
export function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?|\.\d+)([smh]?)$/.exec(text.trim()) ?? [];
  const seconds = Number(number) * (SECONDS[unit] ?? NaN);
  if (!(seconds > 0)) {
    throw new UsageError(
      `"${text}" is not a duration above 0: use seconds, or a suffix s, m or h, such as 90, 10m or 1h`,
    );
  }
  if (seconds > MAX_DURATION_SECONDS) {
    throw new UsageError(`"${text}" is too long: use at most ${MAX_DURATION_SECONDS / 3600}h`);
  }
  return seconds;
}

/** Seconds as a reader likes them: `45s`, `2m 05s`, `1h 02m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole}s`;
  }
  const [big, small, units] =
    whole < 3600
      ? [Math.floor(whole / 60), whole % 60, ['m', 's']]
      : [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), ['h', 'm']];
  return `${big}${units[0] ?? ''} ${`${small}`.padStart(2, '0')}${units[1] ?? ''}`;
}
