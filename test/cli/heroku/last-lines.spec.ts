import { expect, it } from '@jest/globals';
import { LastLines } from '../../../cli/heroku/last-lines.js';

function of(...all: readonly string[]): readonly string[] {
  const last = new LastLines();
  all.forEach((line) => last.add(line));
  return last.lines;
}

it('the newest 20 lines are kept', () => {
  const lines = Array.from({ length: 25 }, (_, index) => `line ${index}`);
  expect(of(...lines)).toEqual(lines.slice(5));
});

it.each([
  ['\u001b[31mError:\u001b[0m \u001b]0;title\u0007none', 'Error: none'],
  ['a\u0000b\u202ec\td', 'a b c d'],
  ['    at boot \r', '    at boot'],
  ['0'.repeat(500), '0'.repeat(500)],
  ['0'.repeat(501), `${'0'.repeat(499)}…`],
  ['0'.repeat(1_000_000), `${'0'.repeat(499)}…`],
])('%j is shown without colours or control characters, cut at 500 characters', (line, shown) => {
  expect(of(line)).toEqual([shown]);
});
