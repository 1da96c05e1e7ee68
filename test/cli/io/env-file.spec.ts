import { describe, expect, it } from '@jest/globals';
import { parse } from 'dotenv';
import * as fc from 'fast-check';
import { parseEnvFile } from '../../../cli/io/env-file.js';
import { UsageError } from '../../../cli/io/errors.js';
import { errorOf } from '../support/errors.js';

describe('a .env', () => {
  it.each<[what: string, text: string, variables: Record<string, string>]>([
    ['a variable', 'A=1', { A: '1' }],
    ['an exported one', 'export A=1\nB=2', { A: '1', B: '2' }],
    ['spaces around', '  A =  1  \nB=2', { A: '1', B: '2' }],
    ['a colon', 'A: 1\nB=2', { A: '1', B: '2' }],
    ['dots and dashes in the name', 'a.b-c=1', { 'a.b-c': '1' }],
    ['no value', 'A=\nB=2', { A: '', B: '2' }],
    ['blanks as the value', 'A= \t\nB=2', { A: '', B: '2' }],
    ['a line of blanks', 'A=1\n  \t \nB=2', { A: '1', B: '2' }],
    ['a comment', '# A=0\n  # it\'s "\nB=2', { B: '2' }],
    ['a comment after the value', 'A=1 # one\nB=2', { A: '1', B: '2' }],
    ['a # in quotes', 'A="1 # 2"#x\nB=\'#\'', { A: '1 # 2', B: '#' }],
    ['single quotes', "A=' a\\nb '\nB=2", { A: ' a\\nb ', B: '2' }],
    ['double quotes, with line ends', 'A="a\\nb"\nB=2', { A: 'a\nb', B: '2' }],
    ['backticks around quotes', 'A=`"a" \'b\'`\nB=2', { A: '"a" \'b\'', B: '2' }],
    [
      'several lines',
      'A="-----BEGIN\nB=1\n# x\n\nno variable"\nC=3',
      { A: '-----BEGIN\nB=1\n# x\n\nno variable', C: '3' },
    ],
    ['quotes within the value', 'A=it\'s\nB={"b": "2"}', { A: "it's", B: '{"b": "2"}' }],
    ['an = in the value', 'A=postgres://u:p@h/d?a=b==\nB=2', { A: 'postgres://u:p@h/d?a=b==', B: '2' }],
    ["Windows' line ends", 'A=1\r\n\r\nB="x\r\ny"\r\n', { A: '1', B: 'x\ny' }],
    ['a name twice', 'A=1\nA=2', { A: '2' }],
    ['nothing', '', {}],
  ])('has %s', (_what, text, variables) => {
    expect(parseEnvFile(text)).toEqual(variables);
  });

  it.each([
    ['text', 'A=1\n\n# x\nsecret\nB=2', 4],
    ['a name alone', 'A\nB=2', 1],
    ['no name', 'A=1\n=2', 2],
    ['a name with a blank', 'A=1\r\nB C=2', 2],
    ['a line after an open quote', 'A="-----BEGIN\nsecret', 2],
    ['a line after a value of several lines', "A='\n\n'\nsecret", 4],
  ])('refuses %s, without its text', (_what, text, line) => {
    expect(errorOf(() => parseEnvFile(text, 'e.env'), UsageError)).toBe(
      `e.env, line ${line}: no variable: write <name>=<value>, or a # in front of a comment`,
    );
  });

  it('with 80,000 blank lines is read at once', () => {
    const blank = '\n'.repeat(80_000);
    expect(parseEnvFile(`A=1${blank}B="${blank}"${blank}`)).toEqual({ A: '1', B: blank });
    expect(errorOf(() => parseEnvFile(`${blank}x`), UsageError)).toMatch(/^\.env, line 80001: /);
  }, 10_000);

  it('has the variables that dotenv finds', () => {
    const piece = fc.constantFrom('A', 'b=', '= ', ': ', ' ', '\n', '#', "'", '"', '`', '\\', '\\n', 'export ', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        let variables: unknown;
        try {
          variables = parseEnvFile(text);
        } catch {
          return;
        }
        expect(variables).toEqual(parse(text));
      }),
      { numRuns: 3000 },
    );
  });
});
