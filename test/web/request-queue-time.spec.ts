/** The time in every form of the header, and in nothing else. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { requestQueueTime } from '../../lib/web/request-queue-time.js';
import { portOf } from '../support/http-client.js';
import { ADAPTERS, startHost } from '../support/http-hosts.js';
import { stoppedClock } from '../support/clock.js';
import { closingAfterEach, LOG_ONLY, RawConnection, routerLines, statusesOf, wireRequest } from './support.js';

stoppedClock();
const lines = routerLines();
const closing = closingAfterEach();

/** The clock of these tests, in milliseconds. */
const NOW = 1_800_000_000_000;

const waited = (header: string | undefined): number | undefined =>
  requestQueueTime(header === undefined ? {} : { 'x-request-start': header }, NOW);

describe('the forms of the header', () => {
  it.each<[string, string, number]>([
    ['Heroku: milliseconds', '1799999999838', 162],
    ['milliseconds with a fraction', '1799999999837.6', 162],
    ['milliseconds after t=', 't=1799999999838', 162],
    ['nginx: seconds with milliseconds', 't=1799999999.838', 162],
    ['seconds with milliseconds', '1799999999.838', 162],
    ['seconds with microseconds', '1799999999.838000', 162],
    ['seconds with more digits than a clock has', 't=1799999999.8380000000000000', 162],
    ['seconds', 't=1799999999', 1000],
    ['Apache: microseconds', 't=1799999999838000', 162],
    ['microseconds', '1799999999838499', 162],
    ['nanoseconds', '1799999999838000000', 162],
    ['nanoseconds after t=', 't=1799999999838499999', 162],
    ['blanks around', ' \t1799999999838 ', 162],
    ['the same moment', '1800000000000', 0],
    ['a moment ahead', '1800000000001', 0],
    ['a clock a minute ahead', 't=1800000060.000', 0],
    ['a clock an hour ahead', '1800003600000000', 0],
    ['exactly a minute', '1799999940000', 60_000],
    ['a minute in microseconds', '1799999940000000', 60_000],
    ['less than half a millisecond', '1799999999999501', 0],
    ['half a millisecond', '1799999999999500', 1],
  ])('%s: %j', (_name, header, queueTime) => {
    expect(waited(header)).toBe(queueTime);
  });

  it.each([
    '1799999939999',
    't=1799999939.999',
    '1799999939999999',
    '1799999939999999000',
    '1700000000000',
    '1000000000',
  ])('more than a minute is no queue time: %j', (header) => {
    expect(waited(header)).toBeUndefined();
  });
});

describe('the magnitude decides the unit', () => {
  it.each<[string, string, number]>([
    ['the first second', '1000000000', 1e12],
    ['the last second', '99999999999', 99_999_999_999_000],
    ['the last part of a second', '99999999999.999', 99_999_999_999_999],
    ['the first millisecond', '100000000000', 1e11],
    ['the last millisecond', '99999999999999', 99_999_999_999_999],
    ['the first microsecond', '100000000000000', 1e11],
    ['the last microsecond', '99999999999999000', 99_999_999_999_999],
    ['the first nanosecond', '100000000000000000', 1e11],
    ['a late nanosecond', '9999999999999000000', 9_999_999_999_999],
  ])('%s: %j', (_name, header, start) => {
    for (const prefix of ['', 't=']) {
      const headers = { 'x-request-start': prefix + header };
      expect(requestQueueTime(headers, start)).toBe(0);
      expect(requestQueueTime(headers, start + 7)).toBe(7);
      expect(requestQueueTime(headers, start + 60_000)).toBe(60_000);
      expect(requestQueueTime(headers, start + 60_001)).toBeUndefined();
    }
  });

  it.each(['0', '5', '999999999', '999999999.999', 't=999999999', '0000000000', '0000000000001', '0999999999'])(
    'less than 1e9 is no time: %j',
    (header) => {
      // A clock at which each of them would be a queue time, whatever the unit.
      for (const now of [0, 1000, 999_999_999, 999_999_999_999, 1e12]) {
        expect(requestQueueTime({ 'x-request-start': header }, now)).toBeUndefined();
      }
    },
  );
});

describe('which header', () => {
  it('X-Queue-Start is the older name', () => {
    expect(requestQueueTime({ 'x-queue-start': 't=1799999999.838' }, NOW)).toBe(162);
  });

  it('X-Request-Start goes first, unless it holds no time', () => {
    const older = { 'x-queue-start': '1799999999000' };
    expect(requestQueueTime({ ...older, 'x-request-start': '1799999999838' }, NOW)).toBe(162);
    expect(requestQueueTime({ ...older, 'x-request-start': 'soon' }, NOW)).toBe(1000);
    expect(requestQueueTime({ ...older, 'x-request-start': '1700000000000' }, NOW)).toBeUndefined();
  });

  it('of a repeated one, the first', () => {
    expect(waited('1799999999838, 1799999999999')).toBe(162);
    expect(waited('t=1799999999.838,t=1799999999.999')).toBe(162);
    expect(waited('soon, 1799999999838')).toBeUndefined();
    expect(waited('1799999999838 1799999999999')).toBeUndefined();
  });

  it('without any, nothing is known', () => {
    expect(waited(undefined)).toBeUndefined();
    expect(requestQueueTime({ 'x-request-id': '1799999999838' }, NOW)).toBeUndefined();
  });
});

const GARBAGE = [
  '',
  ' ',
  't=',
  't',
  '=1799999999838',
  't=t=1799999999838',
  'T=1799999999838',
  's=1799999999838',
  't= 1799999999838',
  't=-1799999999838',
  '-1799999999838',
  '+1799999999838',
  '1.799999999838e12',
  '1799999999838e0',
  '1799999999838n',
  '1_799_999_999_838',
  '1799999999838.',
  '1799999999838.1.2',
  '.1799999999838',
  '1799999999838ms',
  '1799999999838;q=1',
  '"1799999999838"',
  '[1799999999838]',
  '0x1A3185C5000',
  '0x1a3185c4f5e',
  '1e12',
  '1e999',
  'NaN',
  'Infinity',
  '-Infinity',
  'null',
  'undefined',
  'true',
  'Thu, 15 Jan 2027 08:00:00 GMT',
  '2027-01-15T08:00:00.000Z',
  '１７９９９９９９９９８３８',
  '١٧٩٩٩٩٩٩٩٩٨٣٨',
  '17999999998é8',
  '17999999998³8',
  '1799999999\u00008',
  '17999999998/8',
  '17999999998:8',
  '99999999999999999999',
  '9'.repeat(400),
  '0'.repeat(16_000),
  ' '.repeat(16_000) + 'x',
  `1799999999838${' '.repeat(16_000)}x`,
  `1799999999.${'9'.repeat(16_000)}x`,
  ','.repeat(16_000),
];

it.each(GARBAGE)('%j is no time', (header) => {
  expect(waited(header)).toBeUndefined();
  expect(requestQueueTime({ 'x-queue-start': header }, NOW)).toBeUndefined();
});

/**
 * The protocol read naively, in whole nanoseconds: the queue times that are right for a header. Two where floating point
 * may round a half either way, none if the header holds no time.
 */
function rightQueueTimes(header: string, now: number): (number | undefined)[] {
  const [first = ''] = header.split(',');
  const text = first.trim().startsWith('t=') ? first.trim().slice(2) : first.trim();
  const [digits = '', fraction, ...rest] = text.split('.');
  const isNumber = [digits, ...(fraction === undefined ? [] : [fraction])].every(
    (part) => part !== '' && Array.from(part).every((character) => '0123456789'.includes(character)),
  );
  if (!isNumber || rest.length > 0 || digits.length < 10 || digits.length > 19) {
    return [undefined];
  }
  const units: [bigint, bigint][] = [
    [10n ** 11n, 1_000_000_000n],
    [10n ** 14n, 1_000_000n],
    [10n ** 17n, 1_000n],
    [10n ** 20n, 1n],
  ];
  const whole = BigInt(digits);
  const unit = units.find(([end]) => whole < end)?.[1] ?? 0n;
  if (whole < 10n ** 9n) {
    return [undefined];
  }
  const start = whole * unit + (BigInt((fraction ?? '').slice(0, 9).padEnd(9, '0')) * unit) / 1_000_000_000n;
  const nanoseconds = BigInt(now) * 1_000_000n - start;
  return [-1_000n, 1_000n].map((error) => {
    const time = Number(nanoseconds + error) / 1e6;
    return time > 60_000.001 ? undefined : Math.max(0, Math.floor(Math.min(time, 60_000) + 0.5));
  });
}

const someDigits = (length: fc.Arbitrary<number>): fc.Arbitrary<string> =>
  length.chain((size) =>
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: size, maxLength: size }),
  );

/** A time around the clock of the tests, in any unit, with or without a fraction. */
const someTime = fc
  .tuple(
    fc.integer({ min: -70_000_000_000, max: 70_000_000_000 }),
    fc.constantFrom(1_000_000_000n, 1_000_000n, 1_000n, 1n),
    fc.nat(9),
  )
  .map(([ahead, unit, places]) => {
    const nanoseconds = BigInt(NOW) * 1_000_000n + BigInt(ahead);
    const fraction = ((nanoseconds % unit) * (1_000_000_000n / unit)).toString().padStart(9, '0').slice(0, places);
    return `${nanoseconds / unit}${fraction === '' ? '' : `.${fraction}`}`;
  });

/** Characters that Node lets pass in a header. */
const headerCharacter = fc.oneof(
  fc.constantFrom(...Array.from('0123456789t=.,- e+x\t')),
  fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
);

const someHeader = fc.oneof(
  someTime,
  someTime.map((time) => `t=${time}`),
  fc.tuple(someTime, someTime).map((times) => times.join(', ')),
  fc.tuple(someTime, fc.string({ unit: headerCharacter, maxLength: 3 })).map((parts) => parts.join('')),
  fc.tuple(fc.string({ unit: headerCharacter, maxLength: 3 }), someTime).map((parts) => parts.join('')),
  someDigits(fc.nat(25)),
  someDigits(fc.nat(25)).map((digits) => `t=${digits}`),
  fc.tuple(someDigits(fc.nat(20)), someDigits(fc.nat(12))).map((parts) => parts.join('.')),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.integer({ min: 0 }).map((integer) => `0x${integer.toString(16)}`),
  fc.date().map(String),
  fc.string({ unit: headerCharacter, maxLength: 30 }),
  fc.constantFrom(...GARBAGE.filter((header) => header.length < 100 && /^[\t\x20-\x7e\x80-\xff]*$/.test(header))),
);

describe('any header', () => {
  it('is as the protocol defines it', () => {
    let times = 0;
    fc.assert(
      fc.property(fc.oneof(someHeader, fc.string({ unit: 'binary', maxLength: 30 })), (header) => {
        const queueTime = waited(header);
        expect(rightQueueTimes(header, NOW)).toContain(queueTime);
        times += queueTime === undefined ? 0 : 1;
      }),
      { numRuns: 20_000 },
    );
    expect(times).toBeGreaterThan(2000);
  });

  it.each(ADAPTERS)('is answered as ever and logged as it should be, over the wire, on %s', async (adapter) => {
    const app = closing(await startHost({ name: 'an app' }, adapter, LOG_ONLY));
    const headers = fc.sample(someHeader, 2000);
    const connection = RawConnection.to(portOf(app));
    for (const [index, header] of headers.entries()) {
      const isLast = index === headers.length - 1;
      connection.send(
        wireRequest('GET /cats/tom', {
          [index % 7 === 0 ? 'X-Queue-Start' : 'X-Request-Start']: header,
          ...(isLast ? { Connection: 'close' } : {}),
        }),
      );
    }
    expect(statusesOf(await connection.answer())).toEqual(headers.map(() => 200));
    const times = headers.map((header) => waited(header)).filter((time) => time !== undefined);
    expect(times.length).toBeGreaterThan(0);
    expect(await lines.take()).toEqual(times);
  });

  it.each(ADAPTERS)('that is repeated counts as its first, over the wire, on %s', async (adapter) => {
    const app = closing(await startHost({ name: 'an app' }, adapter, LOG_ONLY));
    const connection = RawConnection.to(portOf(app));
    const [first, second] = [`X-Request-Start: ${NOW - 5}\r\n`, `x-request-start: t=${NOW - 9}000\r\n`];
    const older = `X-Queue-Start: ${NOW - 7}\r\n`;
    for (const repeated of [
      first + second,
      second + first,
      older + second,
      older + older,
      older + 'X-Request-Start:\r\n',
    ]) {
      connection.send(`GET /cats/tom HTTP/1.1\r\nHost: x\r\n${repeated}\r\n`);
    }
    connection.send(wireRequest('GET /cats/tom', { Connection: 'close' }));
    expect(statusesOf(await connection.answer())).toEqual(Array.from({ length: 6 }, () => 200));
    expect(await lines.take()).toEqual([5, 9, 9, 7, 7]);
  });
});
