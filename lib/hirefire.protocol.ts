/** HireFire's protocol: paths, headers, keys, patterns. */

/** Kept equal to the version in package.json by a test. */
export const PACKAGE_VERSION = '1.0.0';

/** The path of an app's endpoints, without slashes, and the routes below it. */
export const HIREFIRE_PATH = 'hirefire';
export const TEST_ROUTE = 'test';
export const INFO_ROUTE = ':token/info';
export const TRACE_ROUTE = 'trace';

/**
 * Matches a URL of HireFire's and captures its part below {@link HIREFIRE_PATH}. Ignores case, a proxy's scheme and host, a slash at
 * the end, and the double slash that a base URL with a trailing slash brings.
 */
export const HIREFIRE_URL = /^(?:https?:\/\/[^/?]*)?\/+hirefire(?:\/([^?]*?))?\/?(?:\?.*)?$/is;

/** The exact text by which HireFire recognises an agent. */
export const TEST_ANSWER = 'HireFire Middleware Found!';

/** The request header that carries the token on `GET /hirefire`, as Node spells it. */
export const TOKEN_HEADER = 'hirefire-token';

/** The token of an app without one; refused in production. */
export const DEVELOPMENT_TOKEN = 'development';

/** Matches a token that is still in the quotes of a `.env`. No token of HireFire's has quotes. */
export const QUOTED_TOKEN = /^(["'`]).*\1$/s;

/** The agent's name, and its header. */
export const RESOURCE_HEADER = 'hirefire-resource';
export const RESOURCE = `NestJS-${PACKAGE_VERSION}`;

/** The default address for request queue times. */
export const DISPATCH_URL = 'https://logdrain.hirefire.io/';

/** The headers with the time at which a router got a request, as Node spells them: the newer name, then the older one. */
export const REQUEST_START_HEADERS = ['x-request-start', 'x-queue-start'] as const;

/** The line by which Logplex carries a request queue time, in milliseconds. */
export function routerLogLine(queueTime: number): string {
  return `[hirefire:router] queue=${queueTime}ms`;
}

/** The settings, in seconds, that HireFire may send in headers of its answers to POSTs: the spellings of their names, and bounds. */
export const DISPATCH_SETTINGS = {
  interval: { headers: settingHeaders('dispatch-interval', 'dispatcher-interval'), min: 1, max: 60 },
  timeout: { headers: settingHeaders('dispatch-timeout', 'dispatcher-timeout'), min: 1, max: 30 },
  ttl: { headers: settingHeaders('buffer-ttl'), min: 5, max: 600 },
} as const;

function settingHeaders(...names: readonly string[]): readonly string[] {
  return names.map((name) => `${RESOURCE_HEADER}-${name}`);
}

/** Headers of every answer to HireFire but a 404. */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'must-revalidate, private, max-age=0',
  'HireFire-Resource': RESOURCE,
};

/** A process name as a Procfile allows it. */
export const PROC_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** Heroku's name for the processes that serve HTTP: scaled by request queue time, never by a job queue. */
export const WEB_PROC_NAME = 'web';

/**
 * The number that a proc reports: `size`, the jobs that need a worker, or `latency`, the seconds since the oldest ready job became
 * ready.
 *
 * @example
 * ```ts
 * const metric: Metric = 'latency';
 * ```
 *
 * @publicApi
 */
export type Metric = 'size' | 'latency';

/**
 * One process of the Procfile and its number, as HireFire reads it. HireFire's first generation reads `quantity`, today's reads
 * `value`; both carry the same number: jobs for the metric `size`, seconds for `latency`.
 *
 * @example
 * ```ts
 * const measurement: ProcMeasurement = { name: 'worker', quantity: 42, value: 42 };
 * ```
 *
 * @publicApi
 */
export interface ProcMeasurement {
  /** The name of the process in the Procfile. */
  readonly name: string;
  /** The same number as {@link value}. */
  readonly quantity: number;
  /** A whole number of jobs for the metric `size`; seconds, with three decimals at most, for `latency`. */
  readonly value: number;
}

/**
 * A proc that could not be measured, and why.
 *
 * @example
 * ```ts
 * const failure: ProcFailure = { name: 'worker', message: 'took longer than the time-out of 10000 ms' };
 * ```
 *
 * @publicApi
 */
export interface ProcFailure {
  /** The name of the process in the Procfile. */
  readonly name: string;
  /** Why: one line. */
  readonly message: string;
}

/** A proc's part of the trace. Times are in seconds. */
export interface ProcTrace {
  /** Of each run: when the job became ready, since the start of the trace, and how long it took. */
  readonly jobs: readonly (readonly [ready: number, took: number])[];
  /** Jobs in line at the start of the trace. */
  readonly waiting: number;
  /** Runs that are known only in part. */
  readonly dropped: number;
}

/** The past of all procs' queues: the body of `GET /hirefire/:token/trace`. */
export interface Trace {
  readonly version: 1;
  readonly startedAt: string;
  readonly seconds: number;
  /** `null` for a proc whose backend keeps no history. */
  readonly processes: Readonly<Record<string, ProcTrace | null>>;
}

/** In the lines that a worker with `drainOnShutdown()` logs at the signal and at the end: `simulate` knows its jobs by them. */
export const DRAINING = 'no worker starts another job.';
export const HANDED_BACK = 'handed back.';
