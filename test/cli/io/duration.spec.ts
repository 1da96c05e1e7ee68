import { describe, expect, it } from '@jest/globals';
import { parseDuration } from '../../../cli/io/duration.js';
import { UsageError } from '../../../cli/io/errors.js';

describe('a duration', () => {
  it.each([
    ['15', 15],
    ['0.5', 0.5],
    ['.5s', 0.5],
    ['90s', 90],
    ['10m', 600],
    ['1.5h', 5400],
    ['576h', 2_073_600],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '0', '0s', '-1', '1d', '1h30m', 'ten', '1e3', 'Infinity', 'NaN', '577h'])('can not be %j', (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError);
  });

  it('can have another limit', () => {
    expect(parseDuration('24h', 86_400)).toBe(86_400);
    expect(() => parseDuration('24.1h', 86_400)).toThrow(new UsageError('"24.1h" is too long: use at most 24h'));
  });
});
