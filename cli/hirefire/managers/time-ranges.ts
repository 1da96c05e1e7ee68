/** The bounds at a given time: those of the first time range that matches, else the manager's. */
import { DAYS, type Manager, type TimeRange } from './schema.js';

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

interface LocalTime {
  readonly day: Day;
  readonly minute: number;
}

/** True if a range matches, by local time, even on days when the clocks change. */
function matches({ day, minute }: LocalTime): (range: TimeRange) => boolean {
  return ({ from, until, days }) => {
    const [begin, end] = [minutesOf(from), minutesOf(until)];
    if (begin < end) {
      return days.includes(day) && begin <= minute && minute < end;
    }
    // A range over midnight belongs to the day on which it began.
    const dayBefore = DAYS.at(DAYS.indexOf(day) - 1) ?? day;
    return (days.includes(day) && begin <= minute) || (days.includes(dayBefore) && minute < end);
  };
}

function minutesOf(time: string): number {
  const [hours = NaN, minutes = NaN] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
/** By the time zone, and the number of the quarter of an hour since 1970. */
const quarters = new Map<string, Map<number, LocalTime>>();

/** Clocks change at a quarter of an hour only. Each one is kept: asking for it takes most of the time of a plan. */
function localTime(at: number, timeZone: string): LocalTime {
  const known = quarters.get(timeZone) ?? new Map<number, LocalTime>();
  quarters.set(timeZone, known);
  const quarter = Math.floor(at / QUARTER_MS);
  const begin = known.get(quarter) ?? formattedTime(quarter * QUARTER_MS, timeZone);
  known.set(quarter, begin);
  return { day: begin.day, minute: begin.minute + Math.floor((at - quarter * QUARTER_MS) / MINUTE_MS) };
}

function formattedTime(at: number, timeZone: string): LocalTime {
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

const formats = new Map<string, Intl.DateTimeFormat>();

/** Cached, because making a format is slow. */
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
