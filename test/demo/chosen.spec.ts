import { expect, test } from '@jest/globals';
import { chosen } from '../../sample/shared/src/chosen.js';

const CHOICES = { compress: 1, digest: 2 };

test('a worker is chosen by its name', () => {
  expect(chosen(CHOICES, 'digest')).toBe(2);
});

test.each([[undefined], [''], ['toString'], ['compress ']])('there is no worker %j', (name) => {
  expect(() => chosen(CHOICES, name)).toThrow(`Give one of compress, digest, not "${name ?? ''}".`);
});
