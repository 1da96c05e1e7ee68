import { describe, expect, it } from '@jest/globals';
import { findToken } from '../../../cli/hirefire/token.js';
import { UsageError } from '../../../cli/io/errors.js';
import { rejectionOf } from '../support/errors.js';

describe('the token', () => {
  const file = async (): Promise<Record<string, string>> => ({ HIREFIRE_TOKEN: 'of-the-file' });
  const nothing = async (): Promise<Record<string, string>> => ({});

  it.each([
    ['the option', 'of-the-option', { HIREFIRE_TOKEN: 'of-the-environment' }, 'of-the-option'],
    ['the environment', undefined, { HIREFIRE_TOKEN: 'of-the-environment' }, 'of-the-environment'],
    ['.env', undefined, {}, 'of-the-file'],
    ['.env where the others are empty', '', { HIREFIRE_TOKEN: '' }, 'of-the-file'],
  ])('comes from %s', async (_where, option, environment, token) => {
    expect(await findToken(option, environment, file)).toBe(token);
  });

  it('must be somewhere', async () => {
    expect(await rejectionOf(findToken(undefined, {}, nothing), UsageError)).toBe(
      'no token: give --token, or set HIREFIRE_TOKEN in the environment or in .env',
    );
  });

  it('must fit into a header, and is not printed when it does not', async () => {
    const message = await rejectionOf(findToken('ses\name', {}, nothing), UsageError);
    expect(message).toBe('the token has characters that no header can carry: see --token and HIREFIRE_TOKEN');
  });

  it.each([`"secret"`, `'secret'`, '`secret`', '""'])(
    'must not be in quotes, as in %s, and is not printed',
    async (token) => {
      const message = await rejectionOf(findToken(undefined, { HIREFIRE_TOKEN: token }, nothing), UsageError);
      expect(message).toBe('the token is in quotes: remove them from --token or HIREFIRE_TOKEN');
    },
  );
});
