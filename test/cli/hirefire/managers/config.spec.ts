/** hirefire.json and --manager: what they may say, and what is said of anything else. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../../cli/hirefire/managers/config.js';
import { configJsonSchema, SCHEMA_FILE } from '../../../../cli/hirefire/managers/json-schema.js';
import { parseManagerFlag } from '../../../../cli/hirefire/managers/manager-flag.js';
import { chosenManagers, defaultManagers } from '../../../../cli/hirefire/managers/managers-for.js';
import { UsageError } from '../../../../cli/io/errors.js';
import { errorOf } from '../../support/errors.js';
import { manager } from './support.js';

const EXAMPLE = {
  $schema: 'node_modules/nestjs-hirefire/hirefire.schema.json',
  checkupFrequency: 60,
  managers: {
    worker: { type: 'job-queue-size', minimum: 0, maximum: 10, ratio: 5, decrementable: false },
    urgent: {
      type: 'job-queue-latency',
      ...{ minimum: 1, maximum: 4, minimumLatency: 5, maximumLatency: 30 },
      ...{ upscaleQuantity: 1, downscaleQuantity: 1, upscaleOnInitialJob: true },
    },
    web: {
      type: 'request-queue-time',
      ...{ minimum: 1, maximum: 8, minimumQueueTime: 10, maximumQueueTime: 100 },
      ...{ aggregation: 'percentile', percentile: 95, upscaleQuantity: 1, downscaleQuantity: 1 },
    },
  },
  dynoPrices: { worker: 25, web: 25 },
  slots: { worker: 4 },
};

const worker = (settings: object): object => ({ managers: { worker: { type: 'job-queue-size', ...settings } } });

const TYPES = 'job-queue-size, job-queue-latency, request-queue-time, response-time, requests-per-minute';

describe('hirefire.json', () => {
  it('is read, with a byte order mark too', () => {
    const config = parseConfig(`\uFEFF${JSON.stringify(EXAMPLE)}`);
    expect([...config.managers.keys()]).toEqual(['worker', 'urgent', 'web']);
    expect(config.managers.get('worker')).toEqual({
      type: 'job-queue-size',
      ...{
        minimum: 0,
        maximum: 10,
        ratio: 5,
        decrementable: false,
        upscaleLimit: 0,
        downscaleLimit: 0,
        protect: false,
      },
      ...{ upscaleSensitivity: 1, downscaleSensitivity: 1, upscaleTimeout: 0, downscaleTimeout: 0, timeRanges: [] },
    });
    expect(config).toMatchObject({ checkupFrequency: 60, timeZone: 'UTC' });
    expect(config.dynoPrices.get('web')).toBe(25);
    expect(config.slots.get('worker')).toBe(4);
  });

  it.each([
    ['{"managers":{"__proto__":{"type":"job-queue-size"}}}', 'managers.__proto__'],
    ['{"dynoPrices":{"__proto__":5}}', 'dynoPrices.__proto__'],
    ['{"slots":{"__proto__":5}}', 'slots.__proto__'],
    ['{"__proto__":{}}', '__proto__'],
  ])('%s is refused', (text, path) => {
    expect(errorOf(() => parseConfig(text), UsageError)).toBe(`hirefire.json: ${path} is unknown: remove it`);
  });

  it('has no control characters in an error', () => {
    expect(errorOf(() => parseConfig('{"managers":{"a\\u001b[2J\\nb":1}}'), UsageError)).toMatch(
      /^hirefire\.json: managers\.a b: use a process name/,
    );
  });

  it('may be empty', () => {
    expect(parseConfig('{}')).toEqual({
      checkupFrequency: undefined,
      timeZone: 'UTC',
      managers: new Map(),
      dynoPrices: new Map(),
      slots: new Map(),
    });
  });

  it.each([
    [[], 'the whole is []: use an object'],
    [{ x: 1 }, 'x is unknown: use $schema, checkupFrequency, timeZone, managers, dynoPrices, slots'],
    [{ checkupFrequency: 0.999 }, 'checkupFrequency is 0.999: use seconds from 1 to 3600'],
    [{ checkupFrequency: 3601 }, 'checkupFrequency is 3601: use seconds from 1 to 3600'],
    [{ timeZone: 'Mars/Base' }, 'timeZone is "Mars/Base": use a time zone such as "Europe/Amsterdam"'],
    [{ dynoPrices: { worker: -1 } }, 'dynoPrices.worker is -1: use a price of at least 0'],
    [{ slots: { worker: 0.5 } }, 'slots.worker is 0.5: use a whole number from 1 to 10000'],
    [{ managers: [] }, 'managers is []: use an object'],
    [{ managers: { worker: 5 } }, 'managers.worker is 5: use an object'],
    [{ managers: { worker: {} } }, `managers.worker.type is missing: use ${TYPES}`],
    [{ managers: { worker: { type: 'x' } } }, `managers.worker.type is "x": use ${TYPES}`],
    [
      { managers: { '1st': { type: 'job-queue-size' } } },
      'managers.1st: use a process name of the Procfile: a letter first, then letters, digits, - and _, at most 63',
    ],
    [
      { managers: { web: { type: 'job-queue-size' } } },
      'managers.web.type is "job-queue-size": for workers: use request-queue-time, response-time, requests-per-minute for web',
    ],
    [
      { managers: { worker: { type: 'requests-per-minute', ratio: 1 } } },
      'managers.worker.type is "requests-per-minute": for web: use job-queue-size, job-queue-latency for workers',
    ],
    [worker({ ratio: '5' }), 'managers.worker.ratio is "5": use a whole number from 1 to 1000000'],
    [worker({ ratio: null }), 'managers.worker.ratio is null: use a whole number from 1 to 1000000'],
    [worker({ minimum: 1.5 }), 'managers.worker.minimum is 1.5: use a whole number from 0 to 1000000'],
    [worker({ decrementable: 'yes' }), 'managers.worker.decrementable is "yes": use true or false'],
    [worker({ upscaleTimeout: -1 }), 'managers.worker.upscaleTimeout is -1: use minutes of at least 0'],
    [worker({ minimum: 4, maximum: 3 }), 'managers.worker.minimum is 4: above the maximum: use at most 3'],
    [worker({ minimum: 4 }), 'managers.worker.minimum is 4: above the maximum: use at most 3'],
    [
      worker({ maximum: 5, timeRanges: [{ from: '09:00', until: '17:00', minimum: 6 }] }),
      'managers.worker.timeRanges[0].minimum is 6: above the maximum: use at most 5',
    ],
    [
      worker({ timeRanges: [{ from: '9:00', until: '17:00' }] }),
      'managers.worker.timeRanges[0].from is "9:00": use "HH:MM", 00:00 to 23:59',
    ],
    [
      worker({ timeRanges: [{ from: '09:00', until: '17:00', days: ['monday'] }] }),
      'managers.worker.timeRanges[0].days[0] is "monday": use mon, tue, wed, thu, fri, sat, sun',
    ],
    [
      worker({ timeRanges: [{ from: '09:00' }] }),
      'managers.worker.timeRanges[0].until is missing: use "HH:MM", 00:00 to 24:00',
    ],
    [
      { managers: { urgent: { type: 'job-queue-latency', minimumLatency: 5, maximumLatency: 3 } } },
      'managers.urgent.minimumLatency is 5: above maximumLatency: use at most 3',
    ],
    [
      { managers: { urgent: { type: 'job-queue-latency', minimumLatency: 5 } } },
      'managers.urgent.maximumLatency is missing: use seconds of at least 0',
    ],
  ])('%j: %s', (config, message) => {
    expect(errorOf(() => parseConfig(JSON.stringify(config)), UsageError)).toBe(`hirefire.json: ${message}`);
  });

  it('has a line per wrong field', () => {
    const config = JSON.stringify({ ...worker({ ratio: 0, minimum: -1, ratios: 5 }), timezone: 'UTC' });
    const lines = errorOf(() => parseConfig(config, 'app/hirefire.json'), UsageError).split('\n');
    expect(lines.map((line) => line.replace(/(is unknown: use).*/, '$1 …'))).toEqual([
      'app/hirefire.json: managers.worker.minimum is -1: use a whole number from 0 to 1000000',
      'app/hirefire.json: managers.worker.ratio is 0: use a whole number from 1 to 1000000',
      'app/hirefire.json: managers.worker.ratios is unknown: use …',
      'app/hirefire.json: timezone is unknown: use …',
    ]);
  });

  it.each([
    [{ timezone: 'UTC' }, '; did you mean timeZone?'],
    [worker({ ration: 5 }), '; did you mean ratio?'],
    [worker({ maxmum: 5 }), '; did you mean maximum?'],
    [worker({ foo: 5 }), ', protect'],
  ])('%j names the field that was meant, if one is near', (config, end) => {
    const message = errorOf(() => parseConfig(JSON.stringify(config)), UsageError);
    expect(message).toMatch(/is unknown: use .*\w$|\?$/);
    expect(message.endsWith(end)).toBe(true);
  });

  it.each([
    ['{\n"managers":\n', /: line 2: Unexpected end of JSON input$/],
    ['{\n"timeZone": "UTC",\n}\n', /: line 3: Expected double-quoted property name; remove the comma before it$/],
    ['{\r\n"a": [1, 2,\r\n]\r\n}', /: line 3: Unexpected token '\]'; remove the comma before it$/],
    ['{\n  // a\n  "timeZone": "UTC"\n}', /: line 2: Expected property name or '}'$/],
    ['{\n"timeZone": UTC\n}', /: line 2: Unexpected token 'U'$/],
    ['{\n"timeZone": "UTC\n"\n}', /: line 2: Bad control character in string literal$/],
    ['{\n"a": 1\n"b": 2\n}', /: line 3: Expected ',' or '}' after property value$/],
    ['{}\n\n}', /: line 3: Unexpected non-whitespace character$/],
    ['', /: line 1: Unexpected end of JSON input$/],
  ])('%j, which is not JSON, is refused with the line', (text, message) => {
    expect(errorOf(() => parseConfig(text), UsageError)).toMatch(
      new RegExp(`^hirefire\\.json is not JSON${message.source}`),
    );
  });
});

describe(SCHEMA_FILE, () => {
  it('is what the check is (else: npm run schema)', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(configJsonSchema());
  });

  it('knows the fields of every type, which of them are needed, and no other', () => {
    const schema = JSON.parse(configJsonSchema()) as {
      properties: {
        managers: { additionalProperties: { oneOf: { required: string[]; additionalProperties: boolean }[] } };
      };
    };
    const { oneOf } = schema.properties.managers.additionalProperties;
    expect(oneOf.map(({ required }) => required)).toEqual([
      ['type'],
      ['type', 'minimumLatency', 'maximumLatency'],
      ['type', 'minimumQueueTime', 'maximumQueueTime'],
      ['type', 'minimumResponseTime', 'maximumResponseTime'],
      ['type', 'ratio'],
    ]);
    expect(oneOf.map(({ additionalProperties }) => additionalProperties)).toEqual([false, false, false, false, false]);
  });
});

describe('--manager', () => {
  it.each([
    ['worker=job-queue-size', 'worker', { type: 'job-queue-size' }],
    ['worker=job-queue-size,ratio=5,maximum=10', 'worker', { type: 'job-queue-size', ratio: 5, maximum: 10 }],
    ['worker=job-queue-size,decrementable=true', 'worker', { type: 'job-queue-size', decrementable: true }],
    [
      'web=response-time,minimumResponseTime=50,maximumResponseTime=500.5,aggregation=average',
      'web',
      { type: 'response-time', minimumResponseTime: 50, maximumResponseTime: 500.5, aggregation: 'average' },
    ],
  ] as const)('reads %s', (flag, name, settings) => {
    expect(parseManagerFlag(flag)).toEqual([name, manager(settings)]);
  });

  it.each([
    ['', '--manager "": use <process>=<type>,<setting>=<value>, such as worker=job-queue-size,ratio=5'],
    ['worker', '--manager "worker": use <process>=<type>,<setting>=<value>, such as worker=job-queue-size,ratio=5'],
    ['worker=x', `--manager: worker.type is "x": use ${TYPES}`],
    [
      'worker=job-queue-size,ratio',
      '--manager "worker=job-queue-size,ratio": "ratio" is not <setting>=<value>, such as ratio=5',
    ],
    ['worker=job-queue-size,ratio=x', '--manager: worker.ratio is "x": use a whole number from 1 to 1000000'],
    [
      'worker=job-queue-size,ratio=1,ratio=2',
      '--manager "worker=job-queue-size,ratio=1,ratio=2": ratio is given twice: remove one of them',
    ],
    ['worker=job-queue-size,minimum=4', '--manager: worker.minimum is 4: above the maximum: use at most 3'],
    ['__proto__=job-queue-size', '--manager "__proto__=job-queue-size": "__proto__" can\'t name a process'],
  ])('%j: %s', (flag, message) => {
    expect(errorOf(() => parseManagerFlag(flag), UsageError)).toBe(message);
  });
});

describe('the managers', () => {
  const config = parseConfig(JSON.stringify(EXAMPLE));
  const five = manager({ type: 'job-queue-size', ratio: 5 });

  it('are those of the file, process by process replaced by those of the flags', () => {
    const chosen = chosenManagers(config, [
      ['worker', five],
      ['extra', five],
    ]);
    expect(chosen?.get('worker')).toEqual(five);
    expect([...(chosen?.keys() ?? [])]).toEqual(['worker', 'urgent', 'web', 'extra']);
  });

  it('are not chosen where neither has one', () => {
    expect(chosenManagers(undefined, [])).toBeUndefined();
    expect(chosenManagers(parseConfig('{}'), [])).toBeUndefined();
  });

  it('are by default one per process but web and release, of ratio 1 from 0 to 3', () => {
    expect(defaultManagers(['web', 'worker', 'release', 'urgent'])).toEqual(
      new Map(
        ['worker', 'urgent'].map((name) => [
          name,
          manager({ type: 'job-queue-size', ratio: 1, minimum: 0, maximum: 3 }),
        ]),
      ),
    );
  });
});
