/** Facts of the wire that another file states too. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PACKAGE_VERSION, PROC_NAME_PATTERN } from '../lib/hirefire.protocol.js';

it('the version reported to HireFire is the one in package.json', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };

  expect(PACKAGE_VERSION).toBe(version);
});

it('a process name is a letter, then letters, digits, - and _, 63 at most', () => {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const others = [...letters, ...Array.from('0123456789-_')];
  const isName = (name: string): boolean =>
    name.length <= 63 &&
    Array.from(name).every((character, index) => (index === 0 ? letters : others).includes(character)) &&
    name !== '';
  const nearly = fc.string({ unit: fc.constantFrom(...others, '.', ' ', '\n', 'é', 'K'), maxLength: 70 });

  fc.assert(
    fc.property(
      fc.oneof(nearly, fc.string(), fc.string({ unit: fc.constantFrom(...letters), maxLength: 70 })),
      (name) => {
        expect(PROC_NAME_PATTERN.test(name)).toBe(isName(name));
      },
    ),
    { numRuns: 2000 },
  );
});
