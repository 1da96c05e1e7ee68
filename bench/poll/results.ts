/** What the benchmark has found, for a terminal, a document and a picture. */
import { barChart } from '../support/chart.js';
import type { Row } from '../support/document.js';
import { quantile, ratioOfMedians, seededRandom, type Ratio } from '../support/statistics.js';
import { FLOOR_OF, LINKS, SET_UPS, VARIANTS, type Case, type LibraryName, type Plan, type Variant } from './plan.js';
import type { CaseResult } from './polls.js';
import { USAGES } from './usage.js';

const LIBRARY_LABELS: Readonly<Record<LibraryName, string>> = {
  bull: 'Bull 4',
  'bullmq-5': 'BullMQ 5',
  'bullmq-6': 'BullMQ 6',
};

const SET_UP_LABELS: Readonly<Record<Case['setUp'], string>> = {
  own: 'a connection for each queue',
  shared: 'one connection for all queues',
};

const LINK_LABELS: Readonly<Record<Case['link'], string>> = { loopback: 'loopback', delayed: 'behind 1 ms' };

const VARIANT_LABELS: Readonly<Record<Variant, string>> = {
  floor: 'floor of the size',
  floorAgain: 'the floor again (A/A)',
  size: 'size, one proc',
  sizeOfProcs: 'size, a proc for each queue',
  latencyFloor: 'floor of the latency',
  latency: 'latency, one proc',
  latencyOfProcs: 'latency, a proc for each queue',
  handWritten: 'getJobCounts() by hand',
  judoscale: 'judoscale-bullmq',
};

/** Enough for two digits; more would take longer than the polls. */
const RESAMPLES = 300;

export function timesOf({ rounds }: CaseResult, variant: Variant): number[] {
  return rounds.flatMap((round) => round[variant] ?? []);
}

/** A variant to another one, over the rounds in which both were measured; undefined where one never was. */
export function ratioIn(
  { rounds }: CaseResult,
  variant: Variant,
  base: Variant = FLOOR_OF[variant],
): Ratio | undefined {
  const values: number[] = [];
  const bases: number[] = [];
  for (const { [variant]: value, [base]: baseValue } of rounds) {
    if (value !== undefined && baseValue !== undefined) {
      values.push(value);
      bases.push(baseValue);
    }
  }
  return values.length > 0 ? ratioOfMedians(values, bases, seededRandom(1), RESAMPLES) : undefined;
}

export interface Table {
  readonly title: string;
  readonly head: Row;
  readonly rows: readonly Row[];
}

/** The times of every variant for every number of queues, a table for each library, set-up and link. */
export function timeTables(results: readonly CaseResult[], { libraries, counts, usual }: Plan): Table[] {
  return circumstances(libraries).flatMap(({ library, setUp, link }) => {
    const cases = results.filter(
      (one) => one.library === library && one.setUp === setUp && one.link === link && one.backlog === usual.name,
    );
    if (cases.length === 0) {
      return [];
    }
    return {
      title: `${LIBRARY_LABELS[library]}, ${SET_UP_LABELS[setUp]}, ${LINK_LABELS[link]}`,
      head: ['', ...counts.map(queuesText)],
      rows: VARIANTS.filter((variant) => cases.some((one) => timesOf(one, variant).length > 0)).map((variant) => [
        VARIANT_LABELS[variant],
        ...counts.map((count) =>
          timeCell(
            cases.find(({ queues }) => queues === count),
            variant,
          ),
        ),
      ]),
    };
  });
}

function timeCell(result: CaseResult | undefined, variant: Variant): string {
  const ratio = result && ratioIn(result, variant);
  if (!ratio) {
    return '';
  }
  const time = milliseconds(quantile(timesOf(result, variant), 0.5));
  return FLOOR_OF[variant] === variant || variant === 'latencyFloor' ? time : `${time}, ${factor(ratio.ratio)}`;
}

export const DETAILS_HEAD: Row = [
  'queues',
  'poll',
  'p50',
  'p99',
  'to its floor',
  '95 %',
  'rounds',
  'commands',
  'new connections',
  'bytes to Redis',
  'bytes from Redis',
  'client CPU',
  'Redis CPU',
];

/** All that was measured with the usual backlog. */
export function detailTables(results: readonly CaseResult[], { libraries, usual }: Plan): Table[] {
  return circumstances(libraries).flatMap(({ library, setUp, link }) => {
    const rows = results
      .filter((one) => one.library === library && one.setUp === setUp && one.link === link)
      .filter(({ backlog }) => backlog === usual.name)
      .flatMap(detailRows);
    const title = `${LIBRARY_LABELS[library]}, ${SET_UP_LABELS[setUp]}, ${LINK_LABELS[link]}`;
    return rows.length > 0 ? { title, head: DETAILS_HEAD, rows } : [];
  });
}

export function detailRows(result: CaseResult): Row[] {
  return VARIANTS.flatMap((variant) => {
    const usage = result.usages[variant];
    const ratio = ratioIn(result, variant);
    if (!usage || !ratio) {
      return [];
    }
    const times = timesOf(result, variant);
    const [commands, connections, toRedis, fromRedis, clientCpu, redisCpu] = USAGES.map((name) => usage[name]);
    const isFloor = variant === 'floor';
    return [
      [
        result.queues.toLocaleString('en-US'),
        VARIANT_LABELS[variant],
        milliseconds(quantile(times, 0.5)),
        milliseconds(quantile(times, 0.99)),
        isFloor ? '1' : ratio.ratio.toFixed(2),
        isFloor ? '' : interval(ratio),
        `${times.length}`,
        count(commands),
        count(connections),
        count(toRedis),
        count(fromRedis),
        milliseconds(clientCpu ?? NaN),
        milliseconds(redisCpu ?? NaN),
      ],
    ];
  });
}

/** The same polls with every backlog, on loopback and in Nest's default set-up. */
export function backlogTables(results: readonly CaseResult[], { libraries, backlogs, counts }: Plan): Table[] {
  return libraries.flatMap((library) => {
    const cases = results.filter((one) => one.library === library && one.setUp === 'own' && one.link === 'loopback');
    const measured = backlogs.filter(({ name }) => cases.some(({ backlog }) => backlog === name));
    if (measured.length < 2) {
      return [];
    }
    return {
      title: LIBRARY_LABELS[library],
      head: ['', ...measured.map(({ name }) => name)],
      rows: counts.flatMap((queues) =>
        (['size', 'latency'] as const).map((variant) => [
          `${VARIANT_LABELS[variant]}, ${queuesText(queues)}`,
          ...measured.map(({ name }) =>
            timeCell(
              cases.find((one) => one.queues === queues && one.backlog === name),
              variant,
            ),
          ),
        ]),
      ),
    };
  });
}

export const PICTURE_TITLE = 'One poll of BullMQ queues, in times of what the bare commands take';

/** For each number of queues but one, how long a poll takes to the floor. */
export function picture(results: readonly CaseResult[], { usual }: Plan): string {
  const bars: [Variant, string][] = [
    ['floor', 'the bare commands, one pipeline'],
    ['size', 'this package, size'],
    ['latency', 'this package, latency'],
    ['handWritten', 'getJobCounts() by hand'],
    ['judoscale', 'judoscale-bullmq'],
  ];
  return barChart(
    PICTURE_TITLE,
    results
      .filter((one) => isPictured(one, 'bullmq-5', usual.name) && one.queues > 1)
      .map((one) => ({
        title: queuesText(one.queues),
        bars: bars.flatMap(([variant, label]) => {
          const ratio = ratioIn(one, variant, 'floor');
          return ratio
            ? {
                label,
                value: ratio.ratio,
                text: `${ratio.ratio.toFixed(1)} ×, ${milliseconds(quantile(timesOf(one, variant), 0.5))}`,
                low: ratio.low,
                high: ratio.high,
                isOurs: variant === 'size' || variant === 'latency',
              }
            : [];
        }),
      })),
  );
}

/** Nest's default set-up on loopback. */
export function isPictured({ library, setUp, link, backlog }: Case, pictured: LibraryName, usual: string): boolean {
  return library === pictured && setUp === 'own' && link === 'loopback' && backlog === usual;
}

export function nameOf({ library, setUp, link, backlog, queues }: Case): string {
  const place = `${SET_UP_LABELS[setUp]}, ${LINK_LABELS[link]}, ${backlog === 'none' ? 'no backlog' : backlog}`;
  return `${LIBRARY_LABELS[library]}, ${queuesText(queues)}, ${place}`;
}

function circumstances(libraries: readonly LibraryName[]): Pick<Case, 'library' | 'setUp' | 'link'>[] {
  return libraries.flatMap((library) => LINKS.flatMap((link) => SET_UPS.map((setUp) => ({ library, setUp, link }))));
}

function queuesText(queues: number): string {
  return queues === 1 ? '1 queue' : `${queues.toLocaleString('en-US')} queues`;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

export function factor(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ×`;
}

export function interval({ low, high }: Ratio): string {
  return `${low.toFixed(2)} to ${high.toFixed(2)}`;
}

function count(value: number | undefined): string {
  return value === undefined ? '' : Math.round(value).toLocaleString('en-US');
}
