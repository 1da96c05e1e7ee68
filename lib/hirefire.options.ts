import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import { bool, checked, httpUrl, numberAboveZero, oneOf, refuse, refuseSilently, shown } from './hirefire.check.js';
import { HireFireConfigError } from './hirefire.errors.js';
import { DEVELOPMENT_TOKEN, DISPATCH_URL } from './hirefire.protocol.js';

/**
 * Options of `HireFireModule.forRoot()`.
 *
 * @example
 * ```ts
 * HireFireModule.forRoot({ timeout: 5_000, onError: 'omit', web: true });
 * ```
 *
 * @publicApi
 */
export interface HireFireModuleOptions {
  /**
   * The token that HireFire shows for the app. Without one, the token is `development`; with `NODE_ENV=production` the info
   * endpoints then answer 404.
   *
   * @default process.env.HIREFIRE_TOKEN, read when the app starts
   */
  token?: string | undefined;

  /**
   * Milliseconds that measuring one proc may take; a proc that takes longer has failed. Heroku cuts HireFire's requests off after
   * 30 seconds, so keep it well below that.
   *
   * @default 10_000
   */
  timeout?: number | undefined;

  /**
   * The answer when a proc could not be measured. `fail` answers 503 for the whole poll, and HireFire leaves every dyno alone.
   * `omit` answers 200 without the failed procs, and 503 only when all of them failed.
   *
   * @default 'fail'
   */
  onError?: 'fail' | 'omit' | undefined;

  /**
   * Measures the queue time of every request; HireFire scales web dynos by it. `true` sends it to HireFire; an object chooses
   * how.
   *
   * @default false
   */
  web?: boolean | HireFireWebOptions | undefined;

  /**
   * Serves `GET /hirefire/:token/trace` too: the times that the jobs of each proc waited and took, for `npx nestjs-hirefire plan`.
   * It has times only, no data, names or ids of jobs.
   *
   * @default false
   */
  trace?: boolean | undefined;
}

/**
 * Chooses how request queue times get to HireFire.
 *
 * @example
 * ```ts
 * HireFireModule.forRoot({ web: { dispatch: false, log: true } });
 * ```
 *
 * @publicApi
 */
export interface HireFireWebOptions {
  /**
   * Sends them to HireFire, at most once a second: for the strategy Request Queue Time. Needs a token.
   *
   * @default true
   */
  dispatch?: boolean | undefined;

  /**
   * Writes the line `[hirefire:router] queue=162ms` to stdout for every request: for the Logplex strategy.
   *
   * @default false
   */
  log?: boolean | undefined;

  /**
   * Sends them to this URL, with http: or https:.
   *
   * @default process.env.HIREFIRE_DISPATCH_URL, else HireFire's own
   */
  url?: string | undefined;
}

/**
 * A class for `forRootAsync({ useClass })` or `({ useExisting })`.
 *
 * @example
 * Below `@Injectable()`:
 * ```ts
 * export class HireFireOptions implements HireFireOptionsFactory {
 *   create(): HireFireModuleOptions {
 *     return { timeout: 5_000 };
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export interface HireFireOptionsFactory {
  /** Returns the options; called once, when the app starts. */
  create(): HireFireModuleOptions | Promise<HireFireModuleOptions>;
}

/**
 * Options of `HireFireModule.forRootAsync()`: Nest's usual `imports`, `inject`, `useFactory`, `useClass`, `useExisting`.
 *
 * @example
 * ```ts
 * HireFireModule.forRootAsync({
 *   inject: [ConfigService],
 *   useFactory: (config: ConfigService) => ({ token: config.get<string>('hireFireToken') }),
 * });
 * ```
 *
 * @publicApi
 */
export type HireFireModuleAsyncOptions = ConfigurableModuleAsyncOptions<HireFireModuleOptions>;

/** Options with every default filled in; `token` is `null` in production without one. */
export type ResolvedHireFireOptions = ReturnType<typeof resolveOptions>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The injection token of {@link ResolvedHireFireOptions}. */
export const HIREFIRE_OPTIONS = 'HIREFIRE_OPTIONS';

/** The default of the option `timeout`, in ms. */
export const DEFAULT_TIMEOUT = 10_000;

/** setTimeout() fires at once for longer ones. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Checks the options, and fills in the defaults. */
export function resolveOptions(options: HireFireModuleOptions, env: Environment) {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) {
    throw new HireFireConfigError(
      `HireFireModule: the options must be an object, but they are ${shown(given)}. Return one from the factory of ` +
        `HireFireModule.forRootAsync(); {} has every default.`,
    );
  }
  const { token, ...others } = checked(
    {
      token: (token = env.HIREFIRE_TOKEN ?? '') =>
        typeof token === 'string'
          ? token.trim()
          : refuseSilently(
              `must be a string, but it is ${token === null ? 'null' : `of type ${typeof token}`}. ` +
                `Leave it out to have HIREFIRE_TOKEN read.`,
            ),
      timeout: numberAboveZero('milliseconds', MAX_TIMEOUT, DEFAULT_TIMEOUT),
      onError: oneOf('fail', 'omit'),
      web: (web = false) => (web === false ? null : resolveWeb(web, env)),
      trace: bool(false),
    },
    given,
    { owner: 'HireFireModule' },
  );
  const withoutToken = env.NODE_ENV === 'production' ? null : DEVELOPMENT_TOKEN;
  return { ...others, token: token === '' ? withoutToken : token };
}

function resolveWeb(web: unknown, env: Environment) {
  if (web !== true && (typeof web !== 'object' || web === null || Array.isArray(web))) {
    refuse('true, false or an object such as { log: true }', web);
  }
  const verbose = env.HIREFIRE_VERBOSE?.trim() ?? '';
  return {
    ...checked(
      {
        dispatch: bool(true),
        log: bool(false),
        url: (url) => (url === undefined ? environmentUrl(env) : (httpUrl(url) ?? refuseSilently(WHOLE_URL))),
      },
      web === true ? {} : web,
      { owner: 'HireFireModule', within: 'web' },
    ),
    /** Logs each POST. */
    isVerbose: !['', '0', 'no', 'false'].includes(verbose.toLowerCase()),
    /** Heroku's name for a process that serves no requests. */
    isOneOffDyno: /^(?:run|release)\./.test(env.DYNO ?? ''),
  };
}

// Doesn't show the value, which may hold a password.
const WHOLE_URL = `must be a whole URL that begins with https:// or http://, such as ${DISPATCH_URL}.`;

function environmentUrl({ HIREFIRE_DISPATCH_URL }: Environment): URL {
  const given = HIREFIRE_DISPATCH_URL?.trim() ?? '';
  const url = httpUrl(given === '' ? DISPATCH_URL : given);
  if (!url) {
    throw new HireFireConfigError(`HireFireModule: HIREFIRE_DISPATCH_URL ${WHOLE_URL}`);
  }
  return url;
}
