/** Which bounds hold at a moment: the first time range that matches, else the manager's own. */
import type { Manager, TimeRange } from './schema.js';

export interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
}

/** @param at - epoch milliseconds */
export function boundsAt(manager: Manager, at: number, timeZone: string): Bounds {
  const { minimum, maximum, timeRanges } = manager;
  const range = timeRanges.length === 0 ? undefined : timeRanges.find(matches(localTime(at, timeZone)));
  return { minimum: range?.minimum ?? minimum, maximum: range?.maximum ?? maximum };
}

type Day = TimeRange['days'][number];

const DAY_BEFORE: Readonly<Record<Day, Day>> = {
  mon: 'sun',
  tue: 'mon',
  wed: 'tue',
  thu: 'wed',
  fri: 'thu',
  sat: 'fri',
  sun: 'sat',
};

interface LocalTime {
  readonly day: Day;
  readonly minute: number;
}

/** Whether a range matches: by the clock on the wall, so on the days of a time change too. */
function matches({ day, minute }: LocalTime): (range: TimeRange) => boolean {
  return ({ from, until, days }) => {
    const [begin, end] = [minutesOf(from), minutesOf(until)];
    if (begin < end) {
      return days.includes(day) && begin <= minute && minute < end;
    }
    // Over midnight: its day is the one on which it began.
    return (days.includes(day) && begin <= minute) || (days.includes(DAY_BEFORE[day]) && minute < end);
  };
}

function minutesOf(time: string): number {
  const [hours = NaN, minutes = NaN] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function localTime(at: number, timeZone: string): LocalTime {
  const parts = new Map(
    formatIn(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const weekday = parts.get('weekday')?.toLowerCase();
  const day = DAYS.find((name) => name === weekday);
  if (day === undefined) {
    throw new Error(`no weekday in ${timeZone} at ${at}`);
  }
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Kept, because making one is slow. */
function formatIn(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(timeZone, format);
  return format;
}
