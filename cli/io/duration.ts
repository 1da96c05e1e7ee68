/** Parses durations of the command line: seconds, or a number with a suffix: `90`, `1.5m`, `1h`. */
import { UsageError } from './errors.js';

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** Node's timers fire at once for delays over 24.8 days. */
const MAX_DURATION_SECONDS = 24 * 24 * 3600;

/**
 * @param atMost - seconds
 * @returns seconds
 * @throws UsageError unless it is a duration above 0
 */
export function parseDuration(text: string, atMost = MAX_DURATION_SECONDS): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?|\.\d+)([smh]?)$/.exec(text.trim()) ?? [];
  const seconds = Number(number) * (SECONDS[unit] ?? NaN);
  if (!(seconds > 0)) {
    throw new UsageError(
      `"${text}" is not a duration above 0: use seconds, or a suffix s, m or h, such as 90, 10m or 1h`,
    );
  }
  if (seconds > atMost) {
    throw new UsageError(`"${text}" is too long: use at most ${atMost / 3600}h`);
  }
  return seconds;
}
