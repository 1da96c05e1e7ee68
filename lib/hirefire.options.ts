import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import { bool, checked, numberAboveZero, oneOf, refuseSilently, shown } from './hirefire.check.js';
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
   * The token that HireFire shows for the app. An app without one answers to `development`; with `NODE_ENV=production`
   * its info endpoints answer 404 instead.
   *
   * @default process.env.HIREFIRE_TOKEN, read when the app starts
   */
  token?: string | undefined;

  /**
   * Milliseconds that one proc may take to be measured; one that takes longer has failed. HireFire's requests are cut
   * off by Heroku after 30 seconds, so a value near that never reaches HireFire.
   *
   * @default 10_000
   */
  timeout?: number | undefined;

  /**
   * What HireFire is told when a proc could not be measured. `fail` answers 503 for the whole poll, so that HireFire
   * leaves every dyno alone. `omit` answers 200 without the failed procs, and 503 only when all of them failed.
   *
   * @default 'fail'
   */
  onError?: 'fail' | 'omit' | undefined;

  /**
   * Measures the request queue time of every request, by which HireFire scales web dynos. `true` sends it to HireFire;
   * an object chooses how it gets there.
   *
   * @default false
   */
  web?: boolean | HireFireWebOptions | undefined;
}

/**
 * How request queue times get to HireFire.
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
   * Sends them to HireFire, every second that has any: for the strategy Request Queue Time. Needs a token.
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
   * Where they are sent: a URL with http: or https:.
   *
   * @default process.env.HIREFIRE_DISPATCH_URL, else HireFire's own
   */
  url?: string | undefined;
}

/**
 * What must be known before the options resolve, because Nest needs the controller first.
 *
 * @example
 * ```ts
 * HireFireModule.forRoot({ decorators: [Public()] });
 * ```
 *
 * @publicApi
 */
export interface HireFireModuleExtras {
  /**
   * Class decorators for HireFire's controller, for instance the app's own `Public()` where something looks for it on every
   * controller. Guards need none: they never see HireFire's requests.
   *
   * @default []
   */
  decorators?: ClassDecorator[] | undefined;
}

/**
 * A class for `forRootAsync({ useClass })` or `({ useExisting })`.
 *
 * @example
 * ```ts
 * @Injectable()
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
  /** Gives the options, once, when the app starts. */
  create(): HireFireModuleOptions | Promise<HireFireModuleOptions>;
}

/**
 * Options of `HireFireModule.forRootAsync()`: Nest's usual `imports`, `inject`, `useFactory`, `useClass`, `useExisting`,
 * and beside them the {@link HireFireModuleExtras}.
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
export type HireFireModuleAsyncOptions = ConfigurableModuleAsyncOptions<HireFireModuleOptions> & HireFireModuleExtras;

/** Options with every default filled in. */
export interface ResolvedHireFireOptions extends ReturnType<typeof resolveModule> {
  /** `null`: request queue times are not measured. */
  readonly web: ResolvedWebOptions | null;
}

/** {@link HireFireWebOptions} with every default filled in. */
export type ResolvedWebOptions = ReturnType<typeof resolveWeb>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The injection token of {@link ResolvedHireFireOptions}. */
export const HIREFIRE_OPTIONS = 'HIREFIRE_OPTIONS';

/** The option `timeout`, in ms, where it is not given. */
export const DEFAULT_TIMEOUT = 10_000;

/** setTimeout() fires at once for more. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Fills in the defaults and throws for invalid options.
 *
 * @throws HireFireConfigError naming the option and the cure
 */
export function resolveOptions(options: HireFireModuleOptions, env: Environment): ResolvedHireFireOptions {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) {
    throw new HireFireConfigError(
      `HireFireModule: the options must be an object, but they are ${shown(given)}. Return one from the factory of ` +
        `HireFireModule.forRootAsync(); {} has every default.`,
    );
  }
  const { web = false }: { readonly web?: unknown } = given;
  return { ...resolveModule(given, env), web: web === false ? null : resolveWeb(web, env) };
}

function resolveModule(given: object, env: Environment) {
  const { token, ...others } = checked(
    {
      token: (token = env.HIREFIRE_TOKEN ?? '') =>
        typeof token === 'string'
          ? token.trim()
          : refuseSilently(
              `must be a string, but it is ${token === null ? 'null' : `of type ${typeof token}`}. ` +
                `Leave it out to have HIREFIRE_TOKEN read.`,
            ),
      timeout: numberAboveZero(' of milliseconds', MAX_TIMEOUT, DEFAULT_TIMEOUT),
      onError: oneOf('fail', 'omit'),
    },
    given,
    (name) => `HireFireModule: the option "${name}"`,
  );
  /** `null`: production without a token, where nobody can authenticate. */
  const withoutToken = env.NODE_ENV === 'production' ? null : DEVELOPMENT_TOKEN;
  return { ...others, token: token === '' ? withoutToken : token };
}

function resolveWeb(web: unknown, env: Environment) {
  if (web !== true && (typeof web !== 'object' || web === null || Array.isArray(web))) {
    throw new HireFireConfigError(
      `HireFireModule: the option "web" must be true, false or an object such as { log: true }, but it is ${shown(web)}.`,
    );
  }
  const verbose = env.HIREFIRE_VERBOSE?.trim() ?? '';
  return {
    ...checked(
      {
        dispatch: bool(true),
        log: bool(false),
        url: (url) => (url === undefined ? environmentUrl(env) : (urlOf(url) ?? refuseSilently(WHOLE_URL))),
      },
      web === true ? {} : web,
      (name) => `HireFireModule: the option "${name}" of "web"`,
    ),
    /** Whether to log what is sent. */
    isVerbose: !['', '0', 'no', 'false'].includes(verbose.toLowerCase()),
    /** Heroku's name for a process that serves nobody. */
    isOneOffDyno: /^(?:run|release)\./.test(env.DYNO ?? ''),
  };
}

// Its value stays unsaid: it may hold a password.
const WHOLE_URL = `must be a whole URL that begins with https:// or http://, such as ${DISPATCH_URL}.`;

function environmentUrl({ HIREFIRE_DISPATCH_URL }: Environment): URL {
  const given = HIREFIRE_DISPATCH_URL?.trim() ?? '';
  const url = urlOf(given === '' ? DISPATCH_URL : given);
  if (!url) {
    throw new HireFireConfigError(`HireFireModule: HIREFIRE_DISPATCH_URL ${WHOLE_URL}`);
  }
  return url;
}

function urlOf(value: unknown): URL | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined;
}
