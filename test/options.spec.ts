/** Every option of `HireFireModule`: its default, what is accepted, and what is refused with which message. */
import { describe, expect, test } from '@jest/globals';
import { HireFireConfigError, HireFireModule, type HireFireModuleOptions } from '../lib/index.js';
import { resolveOptions } from '../lib/hirefire.options.js';
import { refusal, startModules } from './procs/support.js';

const DEFAULTS = { token: 'development', timeout: 10_000, onError: 'fail' };

test('everything has a default', () => {
  expect(resolveOptions({}, {})).toEqual(DEFAULTS);
  expect(resolveOptions({ token: undefined, timeout: undefined, onError: undefined }, {})).toEqual(DEFAULTS);
});

test('what is given is taken', () => {
  expect(resolveOptions({ token: 'secret', timeout: 0.5, onError: 'omit' }, { HIREFIRE_TOKEN: 'other' })).toEqual({
    token: 'secret',
    timeout: 0.5,
    onError: 'omit',
  });
  expect(resolveOptions({ timeout: 2 ** 31 - 1 }, {}).timeout).toBe(2_147_483_647);
});

describe('the token', () => {
  test.each<[string | undefined, Record<string, string>, string | null]>([
    [undefined, { HIREFIRE_TOKEN: 'from-env' }, 'from-env'],
    [undefined, { HIREFIRE_TOKEN: ' from-env\n' }, 'from-env'],
    [' given ', { HIREFIRE_TOKEN: 'from-env' }, 'given'],
    [undefined, { HIREFIRE_TOKEN: '' }, 'development'],
    [undefined, { HIREFIRE_TOKEN: ' \n' }, 'development'],
    ['', {}, 'development'],
    ['', { HIREFIRE_TOKEN: 'from-env' }, 'development'],
    [undefined, { NODE_ENV: 'development' }, 'development'],
    [undefined, { NODE_ENV: 'production' }, null],
    [' ', { NODE_ENV: 'production' }, null],
    ['given', { NODE_ENV: 'production' }, 'given'],
    ['development', { NODE_ENV: 'production' }, 'development'],
    [undefined, { NODE_ENV: 'production', HIREFIRE_TOKEN: 'from-env' }, 'from-env'],
  ])('given %j with %j is %j', (token, env, expected) => {
    expect(resolveOptions({ token }, env).token).toBe(expected);
  });
});

const TOKEN_CURE = 'Leave it out to have HIREFIRE_TOKEN read.';
const TIMEOUT =
  'HireFireModule: the option "timeout" must be a number of milliseconds above 0 and at most 2147483647, but it is';
const ON_ERROR = `HireFireModule: the option "onError" must be 'fail' or 'omit', but it is`;
const FACTORY = 'Return one from the factory of HireFireModule.forRootAsync(); {} has every default.';

/** String() throws at it. */
const BARE: unknown = Object.create(null);

const WRONG: [unknown, string][] = [
  [{ token: null }, `HireFireModule: the option "token" must be a string, but it is null. ${TOKEN_CURE}`],
  [{ token: 5 }, `HireFireModule: the option "token" must be a string, but it is of type number. ${TOKEN_CURE}`],
  [{ token: ['s'] }, `HireFireModule: the option "token" must be a string, but it is of type object. ${TOKEN_CURE}`],
  [{ timeout: 0 }, `${TIMEOUT} 0.`],
  [{ timeout: -1 }, `${TIMEOUT} -1.`],
  [{ timeout: NaN }, `${TIMEOUT} NaN.`],
  [{ timeout: Infinity }, `${TIMEOUT} Infinity.`],
  [{ timeout: 2 ** 31 }, `${TIMEOUT} 2147483648.`],
  [{ timeout: '5000' }, `${TIMEOUT} '5000'.`],
  [{ timeout: null }, `${TIMEOUT} null.`],
  [{ onError: 'ignore' }, `${ON_ERROR} 'ignore'.`],
  [{ onError: null }, `${ON_ERROR} null.`],
  [{ onError: BARE }, `${ON_ERROR} [Object: null prototype] {}.`],
  [undefined, `HireFireModule: the options must be an object, but they are undefined. ${FACTORY}`],
  [null, `HireFireModule: the options must be an object, but they are null. ${FACTORY}`],
  ['token', `HireFireModule: the options must be an object, but they are 'token'. ${FACTORY}`],
];

test.each(WRONG)('%p is refused', (options, message) => {
  // @ts-expect-error -- JavaScript and untyped configuration give anything
  expect(() => resolveOptions(options, {})).toThrow(new HireFireConfigError(message));
});

test.each(WRONG)('%p of a factory is refused when the app starts', async (options, message) => {
  // @ts-expect-error -- JavaScript and untyped configuration give anything
  const module = HireFireModule.forRootAsync({ useFactory: (): HireFireModuleOptions => options });
  const error = await refusal(startModules({ imports: [module] }));

  expect(error).toBeInstanceOf(HireFireConfigError);
  expect(error).toMatchObject({ message });
});

describe('decorators', () => {
  const error = new HireFireConfigError(
    'HireFireModule: the option "decorators" must be an array of class decorators, such as [Public()].',
  );

  test.each<[unknown]>([['Public'], [{}], [(): void => undefined], [[undefined]], [['Public']]])(
    '%p is refused',
    (decorators) => {
      // @ts-expect-error -- JavaScript gives anything
      expect(() => HireFireModule.forRoot({ decorators })).toThrow(error);
      // @ts-expect-error -- JavaScript gives anything
      expect(() => HireFireModule.forRootAsync({ useFactory: () => ({}), decorators })).toThrow(error);
    },
  );
});
