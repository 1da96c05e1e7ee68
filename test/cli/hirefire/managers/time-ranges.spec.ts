import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { boundsAt } from '../../../../cli/hirefire/managers/time-ranges.js';
import { manager } from './support.js';

/** True if a range holds at a moment. */
function holds(range: Readonly<Record<string, unknown>>, at: string | number, timeZone = 'UTC'): boolean {
  const of = manager({ type: 'job-queue-size', timeRanges: [{ minimum: 1, maximum: 1, ...range }] });
  return boundsAt(of, typeof at === 'number' ? at : Date.parse(at), timeZone).maximum === 1;
}

describe('a time range', () => {
  // 2026-11-23 is a Monday.
  it.each([
    ['from its first minute', { from: '09:00', until: '17:00' }, '2026-11-23T09:00:00Z', true],
    ['not before', { from: '09:00', until: '17:00' }, '2026-11-23T08:59:59Z', false],
    ['to the end of the minute before it ends', { from: '09:00', until: '17:00' }, '2026-11-23T16:59:59Z', true],
    ['not at its end', { from: '09:00', until: '17:00' }, '2026-11-23T17:00:00Z', false],
    ['until midnight', { from: '09:00', until: '24:00' }, '2026-11-23T23:59:59Z', true],
    ['on its day', { from: '09:00', until: '17:00', days: ['mon'] }, '2026-11-23T12:00:00Z', true],
    ['on no other day', { from: '09:00', until: '17:00', days: ['tue', 'sun'] }, '2026-11-23T12:00:00Z', false],
    ['over midnight, before it', { from: '22:00', until: '06:00', days: ['mon'] }, '2026-11-23T23:00:00Z', true],
    ['over midnight, after it', { from: '22:00', until: '06:00', days: ['mon'] }, '2026-11-24T05:59:00Z', true],
    [
      'over midnight, not past its end',
      { from: '22:00', until: '06:00', days: ['mon'] },
      '2026-11-24T06:00:00Z',
      false,
    ],
    [
      'over midnight, not before its day',
      { from: '22:00', until: '06:00', days: ['mon'] },
      '2026-11-23T05:00:00Z',
      false,
    ],
    [
      'over midnight, from Sunday into Monday',
      { from: '22:00', until: '06:00', days: ['sun'] },
      '2026-11-23T05:00:00Z',
      true,
    ],
    ['a whole day', { from: '06:00', until: '06:00', days: ['mon'] }, '2026-11-24T05:59:00Z', true],
    ['no longer than a day', { from: '06:00', until: '06:00', days: ['mon'] }, '2026-11-24T06:00:00Z', false],
  ])('holds %s', (_when, range, at, expected) => {
    expect(holds(range, at)).toBe(expected);
  });

  it('goes by the clock on the wall when summer time ends', () => {
    // In Amsterdam on 2026-10-25 the hour from 02:00 comes twice: from 00:00 to 02:00 UTC.
    const range = { from: '02:00', until: '03:00' };
    const amsterdam = (at: string): boolean => holds(range, at, 'Europe/Amsterdam');
    expect(amsterdam('2026-10-24T23:59:00Z')).toBe(false);
    expect(amsterdam('2026-10-25T00:00:00Z')).toBe(true);
    expect(amsterdam('2026-10-25T01:59:00Z')).toBe(true);
    expect(amsterdam('2026-10-25T02:00:00Z')).toBe(false);
  });

  it('goes by the clock on the wall when summer time begins', () => {
    // In Amsterdam on 2026-03-29 the hour from 02:00 does not come.
    const range = { from: '01:30', until: '03:30', days: ['sun'] };
    const amsterdam = (at: string): boolean => holds(range, at, 'Europe/Amsterdam');
    expect(amsterdam('2026-03-29T00:29:00Z')).toBe(false);
    expect(amsterdam('2026-03-29T00:30:00Z')).toBe(true);
    expect(amsterdam('2026-03-29T01:29:00Z')).toBe(true);
    expect(amsterdam('2026-03-29T01:30:00Z')).toBe(false);
    expect(holds({ from: '02:10', until: '02:50' }, '2026-03-29T01:15:00Z', 'Europe/Amsterdam')).toBe(false);
  });

  it('and what is left of the day share every minute of a year in any time zone', () => {
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => `${part}`.padStart(2, '0')).join(':'));
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Amsterdam',
      'America/New_York',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    );
    const moment = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(time, time, zone, moment, (from, until, timeZone, at) => {
        fc.pre(from !== until);
        expect(holds({ from, until }, at, timeZone)).toBe(!holds({ from: until, until: from }, at, timeZone));
      }),
      { numRuns: 300 },
    );
  });

  it('asks for the local time once in a quarter of an hour, since a plan asks a million times', () => {
    const formats = jest.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
    const begin = Date.UTC(2030, 0, 7, 8, 45);
    const range = { from: '14:31', until: '14:32' };
    const minutes = Array.from({ length: 30 }, (_, minute) => minute).filter((minute) =>
      [0, 59_999].every((ms) => holds(range, begin + minute * 60_000 + ms, 'Asia/Kathmandu')),
    );

    expect(minutes).toEqual([1]);
    expect(formats).toHaveBeenCalledTimes(2);
    formats.mockRestore();
  });

  it('that comes first wins, and what it leaves out is the manager’s own', () => {
    const of = manager({
      type: 'job-queue-size',
      ...{ minimum: 1, maximum: 9 },
      timeRanges: [
        { from: '09:00', until: '10:00', minimum: 3 },
        { from: '09:00', until: '12:00', maximum: 5 },
      ],
    });
    expect(boundsAt(of, Date.parse('2026-11-23T09:30:00Z'), 'UTC')).toEqual({ minimum: 3, maximum: 9 });
    expect(boundsAt(of, Date.parse('2026-11-23T11:30:00Z'), 'UTC')).toEqual({ minimum: 1, maximum: 5 });
    expect(boundsAt(of, Date.parse('2026-11-23T12:30:00Z'), 'UTC')).toEqual({ minimum: 1, maximum: 9 });
  });
});
