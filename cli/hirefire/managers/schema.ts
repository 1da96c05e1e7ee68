/** The format of hirefire.json: the one source of its check, its types and its JSON schema (hirefire.schema.json). */
import * as z from 'zod/mini';
import { PROC_NAME_PATTERN, WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';

const wholeNumber = (atLeast: number, atMost = 1_000_000) => {
  const error = `use a whole number from ${atLeast} to ${atMost}`;
  return z.int({ error }).check(z.gte(atLeast, { error }), z.lte(atMost, { error }));
};

const A_PERCENTILE = 'use a percentile above 0, at most 100';
/** More often, one would poll an app to death, and a replay would hardly end. */
const A_FREQUENCY = 'use seconds from 1 to 3600';

const notNegative = (what: string) => {
  const error = `use ${what} of at least 0`;
  return z.number({ error }).check(z.gte(0, { error }));
};

const trueOrFalse = (byDefault: boolean) => z._default(z.boolean({ error: 'use true or false' }), byDefault);

const oneOf = <const T extends string>(...values: T[]) => z.enum(values, { error: `use ${values.join(', ')}` });

/** An object without unknown keys; the error for one is the list of the known keys. */
const knownKeys = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : 'use an object'),
  });

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const time = (pattern: RegExp, error: string) => z.string({ error }).check(z.regex(pattern, { error }));

const timeRange = knownKeys({
  from: time(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'use "HH:MM", 00:00 to 23:59').check(
    z.describe('Local time at which the range begins, "HH:MM".'),
  ),
  until: time(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'use "HH:MM", 00:00 to 24:00').check(
    z.describe('Local time at which it ends; earlier than `from`: on the next day; equal to it: a whole day.'),
  ),
  days: z
    ._default(
      z.array(oneOf(...DAYS), { error: 'use an array of days' }).check(z.minLength(1, { error: 'name a day' })),
      [...DAYS],
    )
    .check(z.describe('Days on which the range begins.')),
  minimum: z.optional(wholeNumber(0)).check(z.describe("Instead of the manager's minimum.")),
  maximum: z.optional(wholeNumber(0)).check(z.describe("Instead of the manager's maximum.")),
});

const common = {
  maximum: z._default(wholeNumber(0), 3).check(z.describe('Most dynos.')),
  upscaleSensitivity: z
    ._default(wholeNumber(1), 1)
    .check(z.describe('Checkups in a row that must agree before dynos are added.')),
  downscaleSensitivity: z
    ._default(wholeNumber(1), 1)
    .check(z.describe('Checkups in a row that must agree before dynos are taken away.')),
  upscaleTimeout: z._default(notNegative('minutes'), 0).check(z.describe('Minutes between two upscales.')),
  downscaleTimeout: z._default(notNegative('minutes'), 0).check(z.describe('Minutes between two downscales.')),
  timeRanges: z
    ._default(z.array(timeRange, { error: 'use an array of time ranges' }), [])
    .check(z.describe('Other bounds at certain times; the first that matches wins.')),
};

const ofWorkers = { minimum: z._default(wholeNumber(0), 0).check(z.describe('Fewest dynos.')), ...common };
const ofWeb = { minimum: z._default(wholeNumber(0), 1).check(z.describe('Fewest dynos.')), ...common };

const quantities = {
  upscaleQuantity: z._default(wholeNumber(1), 1).check(z.describe('Dynos that one upscale adds.')),
  downscaleQuantity: z._default(wholeNumber(1), 1).check(z.describe('Dynos that one downscale takes away.')),
};

const aggregations = {
  aggregation: z
    ._default(oneOf('average', 'percentile'), 'percentile')
    .check(z.describe('How the samples between two checkups become one number.')),
  percentile: z
    ._default(
      z.number({ error: A_PERCENTILE }).check(z.gt(0, { error: A_PERCENTILE }), z.lte(100, { error: A_PERCENTILE })),
      95,
    )
    .check(z.describe('Which percentile.')),
};

const threshold = (what: string, effect: string) => notNegative(what).check(z.describe(effect));

const protect = trueOrFalse(false).check(
  z.describe('Whether the proc has the option `protect`, which only `plan` has to know.'),
);

const jobQueueSize = knownKeys({
  type: z.literal('job-queue-size'),
  ...ofWorkers,
  ratio: z._default(wholeNumber(1), 1).check(z.describe('Jobs per dyno.')),
  decrementable: trueOrFalse(false).check(
    z.describe('Whether dynos are taken away while jobs are left; if not, only once there are none.'),
  ),
  upscaleLimit: z._default(wholeNumber(0), 0).check(z.describe('Most dynos that one upscale adds; 0: no limit.')),
  downscaleLimit: z
    ._default(wholeNumber(0), 0)
    .check(z.describe('Most dynos that one downscale takes away; 0: no limit.')),
  protect,
}).check(boundsInOrder());

const jobQueueLatency = knownKeys({
  type: z.literal('job-queue-latency'),
  ...ofWorkers,
  minimumLatency: threshold('seconds', 'Seconds below which dynos are taken away.'),
  maximumLatency: threshold('seconds', 'Seconds above which dynos are added.'),
  ...quantities,
  upscaleOnInitialJob: trueOrFalse(true).check(z.describe('At least one dyno while the latency is above 0.')),
  protect,
}).check(boundsInOrder(), inOrder('minimumLatency', 'maximumLatency'));

const requestQueueTime = knownKeys({
  type: z.literal('request-queue-time'),
  ...ofWeb,
  minimumQueueTime: threshold('milliseconds', 'Milliseconds below which dynos are taken away.'),
  maximumQueueTime: threshold('milliseconds', 'Milliseconds above which dynos are added.'),
  ...aggregations,
  ...quantities,
}).check(boundsInOrder(), inOrder('minimumQueueTime', 'maximumQueueTime'));

const responseTime = knownKeys({
  type: z.literal('response-time'),
  ...ofWeb,
  minimumResponseTime: threshold('milliseconds', 'Milliseconds below which dynos are taken away.'),
  maximumResponseTime: threshold('milliseconds', 'Milliseconds above which dynos are added.'),
  ...aggregations,
  ...quantities,
}).check(boundsInOrder(), inOrder('minimumResponseTime', 'maximumResponseTime'));

const requestsPerMinute = knownKeys({
  type: z.literal('requests-per-minute'),
  ...ofWeb,
  ratio: wholeNumber(1).check(z.describe('Requests a minute per dyno.')),
}).check(boundsInOrder());

const OF_WORKERS = [jobQueueSize, jobQueueLatency] as const;
const OF_WEB = [requestQueueTime, responseTime, requestsPerMinute] as const;

function typesOf(managers: readonly { shape: { type: { def: { values: readonly string[] } } } }[]): readonly string[] {
  return managers.flatMap(({ shape }) => shape.type.def.values);
}
const TYPES_OF_WORKERS = typesOf(OF_WORKERS);
export const TYPES_OF_WEB = typesOf(OF_WEB);

/** One manager, with the fields of HireFire's form. */
export const managerSchema = z.discriminatedUnion('type', [...OF_WORKERS, ...OF_WEB], {
  error: ({ input }) =>
    typeof input === 'object' ? `use ${[...TYPES_OF_WORKERS, ...TYPES_OF_WEB].join(', ')}` : 'use an object',
});

export type Manager = z.output<typeof managerSchema>;
export type WorkerManager = z.output<(typeof OF_WORKERS)[number]>;
export type TimeRange = z.output<typeof timeRange>;

const A_PROCESS = 'use a process name of the Procfile: a letter first, then letters, digits, - and _, at most 63';
const processName = z.string().check(z.regex(PROC_NAME_PATTERN, { error: A_PROCESS }));

export const managersSchema = z
  .record(processName, managerSchema, { error: 'use an object' })
  .check(({ value, issues }) => {
    for (const [name, { type }] of Object.entries(value)) {
      const isWeb = name === WEB_PROC_NAME;
      if (!(isWeb ? TYPES_OF_WEB : TYPES_OF_WORKERS).includes(type)) {
        const message = isWeb
          ? `for workers: use ${TYPES_OF_WEB.join(', ')} for web`
          : `for web: use ${TYPES_OF_WORKERS.join(', ')} for workers`;
        issues.push({ code: 'custom', path: [name, 'type'], input: type, message });
      }
    }
  });

const A_TIME_ZONE = 'use a time zone such as "Europe/Amsterdam"';

export const configSchema = knownKeys({
  $schema: z.optional(z.string({ error: 'use the path of the schema' })),
  checkupFrequency: z
    .optional(
      z.number({ error: A_FREQUENCY }).check(z.gte(1, { error: A_FREQUENCY }), z.lte(3600, { error: A_FREQUENCY })),
    )
    .check(z.describe("Seconds between HireFire's checkups, 15 to 60 in HireFire itself.")),
  timeZone: z
    ._default(z.string({ error: A_TIME_ZONE }).check(z.refine(isTimeZone, { error: A_TIME_ZONE })), 'UTC')
    .check(z.describe('Time zone of every time range.')),
  managers: z._default(managersSchema, {}).check(z.describe('One manager per process of the Procfile.')),
  dynoPrices: z
    ._default(z.record(processName, notNegative('a price'), { error: 'use an object' }), {})
    .check(z.describe('What one dyno of a process costs per month.')),
  slots: z
    ._default(z.record(processName, wholeNumber(1, 10_000), { error: 'use an object' }), {})
    .check(z.describe('Jobs that one dyno of a process works on at once, for `plan`; 1 if not set.')),
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
  readonly timeRanges: readonly TimeRange[];
}

/** No minimum is above its maximum, not even in a time range. */
function boundsInOrder() {
  return z.check<Bounds>(({ value: manager, issues }) => {
    const { minimum, maximum, timeRanges } = manager;
    const complain = (path: PropertyKey[], low: number, high: number): void => {
      if (low > high) {
        issues.push({ code: 'custom', path, input: low, message: `above the maximum: use at most ${high}` });
      }
    };
    complain(['minimum'], minimum, maximum);
    for (const [index, range] of timeRanges.entries()) {
      complain(['timeRanges', index, 'minimum'], range.minimum ?? minimum, range.maximum ?? maximum);
    }
  });
}

function inOrder<Low extends string, High extends string>(low: Low, high: High) {
  return z.check<Readonly<Record<Low | High, number>>>(({ value, issues }) => {
    if (value[low] > value[high]) {
      issues.push({
        code: 'custom',
        path: [low],
        input: value[low],
        message: `above ${high}: use at most ${value[high]}`,
      });
    }
  });
}
