/** What the README says of the results. */
import { markdownTable } from '../support/document.js';
import { median } from '../support/statistics.js';
import type { LibraryName, Plan, Variant } from './plan.js';
import type { CaseResult } from './polls.js';
import { factor, isPictured, milliseconds, PICTURE_TITLE, ratioIn, timesOf } from './results.js';

/** How many queues it speaks of. */
const QUEUES = 100;

const COLUMNS: readonly [Variant, string][] = [
  ['floor', 'the bare commands'],
  ['size', 'size'],
  ['latency', 'latency'],
  ['handWritten', '`getJobCounts()` by hand'],
  ['judoscale', 'judoscale-bullmq'],
];

const ROWS = { bull: 'Bull 4', 'bullmq-5': 'BullMQ 5' } as const;

export function readmeText(results: readonly CaseResult[], plan: Plan): string {
  const rows = (['bull', 'bullmq-5'] as const).map((library) => {
    const result = resultOf(results, plan, library);
    return [ROWS[library], ...COLUMNS.map(([variant]) => cell(result, variant))];
  });
  const head = [`${QUEUES} queues`, ...COLUMNS.map(([, label]) => label)];
  return `${markdownTable(head, rows)}\n\n![${PICTURE_TITLE}, as bars](docs/bench-poll.svg)`;
}

function cell(result: CaseResult, variant: Variant): string {
  const ratio = ratioIn(result, variant, 'floor');
  if (!ratio) {
    return '';
  }
  const time = milliseconds(median(timesOf(result, variant)));
  return variant === 'floor' ? time : `${time}, ${factor(ratio.ratio)}`;
}

function resultOf(results: readonly CaseResult[], { usual }: Plan, library: LibraryName): CaseResult {
  const result = results.find((one) => one.queues === QUEUES && isPictured(one, library, usual.name));
  if (!result) {
    throw new Error(`${QUEUES} queues of ${library} were not measured`);
  }
  return result;
}
