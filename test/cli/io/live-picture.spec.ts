import { expect, it } from '@jest/globals';
import { wrapped } from '../../../cli/io/live-picture.js';

it.each([
  ['one two three', 20, 'one two three'],
  ['one two three', 9, 'one two\n  three'],
  ['  one two three', 11, '  one two\n    three'],
  ['00:01  abc def', 10, '00:01  abc\n  def'],
  ['abcdefghijkl mn', 5, 'abcdefghijkl\n  mn'],
  ['', 5, ''],
  [`${'x '.repeat(39)}xx y`, undefined, `${'x '.repeat(39)}xx\n  y`],
])('%j in %s columns', (line, columns, text) => {
  expect(wrapped(line, columns)).toBe(text);
});
