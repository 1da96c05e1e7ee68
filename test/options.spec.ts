/** Every option of `HireFireModule`: its default, what is accepted, and what is refused with which message. */
import { describe, expect, it } from '@jest/globals';
import { HireFireConfigError, HireFireModule, type HireFireModuleOptions } from '../lib/index.js';
import { resolveOptions, type ResolvedHireFireOptions } from '../lib/hirefire.options.js';
import { refusal, startModules } from './procs/support.js';

const DEFAULTS = { token: 'development', timeout: 10_000, onError: 'fail', web: null, trace: false };

it('everything has a default', () => {
  expect(resolveOptions({}, {})).toEqual(DEFAULTS);
  expect(
    resolveOptions({ token: undefined, timeout: undefined, onError: undefined, web: undefined, trace: undefined }, {}),
  ).toEqual(DEFAULTS);
});

it('what is given is taken', () => {
  expect(
    resolveOptions({ token: 'secret', timeout: 0.5, onError: 'omit', trace: true }, { HIREFIRE_TOKEN: 'other' }),
  ).toEqual({
    token: 'secret',
    timeout: 0.5,
    onError: 'omit',
    web: null,
    trace: true,
  });
  expect(resolveOptions({ timeout: 2 ** 31 - 1 }, {}).timeout).toBe(2_147_483_647);
});

describe('the token', () => {
  it.each<[string | undefined, Record<string, string>, string | null]>([
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

describe('request queue time', () => {
  const HIREFIRE = new URL('https://logdrain.hirefire.io/');
  const SENT = { dispatch: true, log: false, url: HIREFIRE, isVerbose: false, isOneOffDyno: false };

  it.each<[HireFireModuleOptions['web'], ResolvedHireFireOptions['web']]>([
    [undefined, null],
    [false, null],
    [true, SENT],
    [{}, SENT],
    [{ dispatch: undefined, log: undefined, url: undefined }, SENT],
    [{ dispatch: true }, SENT],
    [{ log: true }, { ...SENT, log: true }],
    [
      { log: true, dispatch: false },
      { ...SENT, log: true, dispatch: false },
    ],
    [
      { log: false, dispatch: false },
      { ...SENT, dispatch: false },
    ],
    [{ url: 'http://127.0.0.1:9000/sink' }, { ...SENT, url: new URL('http://127.0.0.1:9000/sink') }],
    [{ url: 'HTTPS://example.com' }, { ...SENT, url: new URL('https://example.com/') }],
  ])('given %j is %j', (web, expected) => {
    expect(resolveOptions({ web }, {}).web).toEqual(expected);
  });

  it.each<[string | undefined, Record<string, string>, string]>([
    [undefined, {}, 'https://logdrain.hirefire.io/'],
    [undefined, { HIREFIRE_DISPATCH_URL: '' }, 'https://logdrain.hirefire.io/'],
    [undefined, { HIREFIRE_DISPATCH_URL: ' \n' }, 'https://logdrain.hirefire.io/'],
    [undefined, { HIREFIRE_DISPATCH_URL: 'http://localhost:9000/a?b=c' }, 'http://localhost:9000/a?b=c'],
    [undefined, { HIREFIRE_DISPATCH_URL: ' https://example.com\n' }, 'https://example.com/'],
    ['http://given', { HIREFIRE_DISPATCH_URL: 'http://from-env' }, 'http://given/'],
    ['http://given', { HIREFIRE_DISPATCH_URL: 'nowhere' }, 'http://given/'],
  ])('given the URL %j with %j goes to %s', (url, env, expected) => {
    for (const dispatch of [true, false]) {
      expect(resolveOptions({ web: { url, dispatch } }, env).web?.url.href).toBe(expected);
    }
  });

  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['', false],
    [' ', false],
    ['0', false],
    ['false', false],
    ['False', false],
    ['1', true],
    ['true', true],
    [' yes ', true],
  ])('is verbose with HIREFIRE_VERBOSE=%j: %j', (HIREFIRE_VERBOSE, isVerbose) => {
    expect(resolveOptions({ web: true }, { HIREFIRE_VERBOSE }).web?.isVerbose).toBe(isVerbose);
  });

  it.each(['nowhere', 'localhost:9000', '//example.com', 'ftp://example.com', 'http://', 'file:///etc/passwd'])(
    'HIREFIRE_DISPATCH_URL=%j is refused, unless request queue times are off',
    (HIREFIRE_DISPATCH_URL) => {
      const env = { HIREFIRE_DISPATCH_URL };
      expect(() => resolveOptions({ web: true }, env)).toThrow(
        new HireFireConfigError(`HireFireModule: HIREFIRE_DISPATCH_URL ${WHOLE_URL}`),
      );
      expect(resolveOptions({}, env)).toEqual(DEFAULTS);
    },
  );
});

const TOKEN_CURE = 'Leave it out to have HIREFIRE_TOKEN read.';
const TIMEOUT =
  'HireFireModule: the option "timeout" must be a number of milliseconds above 0 and at most 2147483647, but it is';
const ON_ERROR = `HireFireModule: the option "onError" must be 'fail' or 'omit', but it is`;
const WEB = 'HireFireModule: the option "web" must be true, false or an object such as { log: true }, but it is';
const WHOLE_URL = 'must be a whole URL that begins with https:// or http://, such as https://logdrain.hirefire.io/.';
const WEB_URL = `HireFireModule: the option "url" of "web" ${WHOLE_URL}`;
const DISPATCH = 'HireFireModule: the option "dispatch" of "web" must be true or false, but it is';
const LOG = 'HireFireModule: the option "log" of "web" must be true or false, but it is';
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
  [{ web: null }, `${WEB} null.`],
  [{ web: 'true' }, `${WEB} 'true'.`],
  [{ web: 1 }, `${WEB} 1.`],
  [{ web: ['log'] }, `${WEB} [ 'log' ].`],
  [{ web: { dispatch: null } }, `${DISPATCH} null.`],
  [{ web: { dispatch: 'false' } }, `${DISPATCH} 'false'.`],
  [{ web: { log: 1 } }, `${LOG} 1.`],
  [{ web: { log: BARE } }, `${LOG} [Object: null prototype] {}.`],
  [{ web: { url: null } }, WEB_URL],
  [{ web: { url: '' } }, WEB_URL],
  [{ web: { url: 'user:hunter2@example.com' } }, WEB_URL],
  [{ web: { url: 'ftp://user:hunter2@example.com' } }, WEB_URL],
  [{ web: { url: new URL('https://example.com') } }, WEB_URL],
  [{ web: { url: 'nowhere', dispatch: false } }, WEB_URL],
  [undefined, `HireFireModule: the options must be an object, but they are undefined. ${FACTORY}`],
  [null, `HireFireModule: the options must be an object, but they are null. ${FACTORY}`],
  ['token', `HireFireModule: the options must be an object, but they are 'token'. ${FACTORY}`],
];

it.each(WRONG)('%p is refused', (options, message) => {
  // @ts-expect-error -- JavaScript and untyped configuration give anything
  expect(() => resolveOptions(options, {})).toThrow(new HireFireConfigError(message));
});

it.each(WRONG)('%p of a factory is refused when the app starts', async (options, message) => {
  // @ts-expect-error -- JavaScript and untyped configuration give anything
  const module = HireFireModule.forRootAsync({ useFactory: (): HireFireModuleOptions => options });
  const error = await refusal(startModules({ imports: [module] }));

  expect(error).toBeInstanceOf(HireFireConfigError);
  expect(error).toMatchObject({ message });
});

describe('an unknown option', () => {
  const unknown = (option: string, known: string): HireFireConfigError =>
    new HireFireConfigError(
      `HireFireModule: there is no option ${option}, only ${known}. Remove it or correct its name.`,
    );

  it.each<[object, HireFireConfigError]>([
    [{ decorators: [] }, unknown('"decorators"', 'token, timeout, onError, web, trace')],
    [{ timeout: 0, tokn: 'secret' }, unknown('"tokn"', 'token, timeout, onError, web, trace')],
    [{ web: { logs: true } }, unknown('"logs" of "web"', 'dispatch, log, url')],
  ])('%p is refused', (options, error) => {
    expect(() => resolveOptions(options, {})).toThrow(error);
  });

  it('is refused next to the factory', () => {
    const known = 'imports, inject, useFactory, useClass, useExisting, provideInjectionTokensFrom';
    // @ts-expect-error -- JavaScript, and apps that were written for 0.2.0
    expect(() => HireFireModule.forRootAsync({ useFactory: () => ({}), decorators: [] })).toThrow(
      unknown('"decorators"', known),
    );
  });
});
