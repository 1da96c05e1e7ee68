import { describe, expect, it } from '@jest/globals';
import { messageOf } from '../../../cli/io/errors.js';
import { excerpt, printable } from '../../../cli/io/untrusted.js';

describe('printable text', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[2J\u001b[1;1Hx', 'x'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u001b]8;;http://a\u001b\\x', 'x'],
    ['a\u001bcb', 'a cb'],
    ['a\u009b2Jb', 'a 2Jb'],
    ['a\r\n\tb\u007f\b', 'a   b  '],
    ['\u202eabc\u2066\u2028', ' abc  '],
    ['→ ✓ é 日本', '→ ✓ é 日本'],
  ])('of %j is %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('of 100,000 open sequences is found at once', () => {
    expect(printable('\u001b]'.repeat(100_000))).toHaveLength(200_000);
    expect(printable('\u001b[1;'.repeat(100_000))).toHaveLength(400_000);
  }, 10_000);
});

describe('an excerpt', () => {
  it.each([
    ['t', 'the agent: t, "t", /t/info t-1 tt', 'the agent: ***, "***", /***/info t-1 tt'],
    ['a.b', 'a.b a-b aab', '*** a-b aab'],
    ['secret-token-1', 'xsecret-token-1y secret-token-1', 'x***y ***'],
    ['', 'text', 'text'],
  ])('hides the token %j in %j', (token, text, shown) => {
    expect(excerpt(text, token)).toBe(shown);
  });
});

it('a message of many lines and spaces is one line, at once', () => {
  expect(messageOf(new Error(`a  \n  b${' '.repeat(200_000)}c`))).toMatch(/^a b {200000}c$/);
}, 10_000);
