/** What the README says of the results. */
import type { LibraryName, Plan, Variant } from './plan.js';
import type { CaseResult } from './polls.js';
import { factor, isPictured, milliseconds, PICTURE_TITLE, ratioIn, timesOf } from './results.js';
import { median } from '../support/statistics.js';

/** How many queues it speaks of. */
const QUEUES = 100;

export function readmeText(results: readonly CaseResult[], plan: Plan): string {
  const bull = resultOf(results, plan, 'bull');
  const bullMQ = resultOf(results, plan, 'bullmq-5');
  const sentence =
    `The size of ${QUEUES} BullMQ queues takes ${timeOf(bullMQ, 'size')} on loopback: ${ratioText(bullMQ, 'size', 'floor')} ` +
    `what the bare commands take in one pipeline, while \`getJobCounts()\` of each queue takes ` +
    `${ratioText(bullMQ, 'handWritten', 'size')} as long as this package, and judoscale-bullmq ` +
    `${ratioText(bullMQ, 'judoscale', 'size')}. Of ${QUEUES} Bull queues it takes ${timeOf(bull, 'size')}, ` +
    `${ratioText(bull, 'size', 'floor')} the bare commands, and \`getJobCounts()\` ${ratioText(bull, 'handWritten', 'size')} as long.`;
  return `${sentence}\n\n![${PICTURE_TITLE}, as bars](docs/bench-poll.svg)`;
}

function resultOf(results: readonly CaseResult[], { usual }: Plan, library: LibraryName): CaseResult {
  const result = results.find((one) => one.queues === QUEUES && isPictured(one, library, usual.name));
  if (!result) {
    throw new Error(`${QUEUES} queues of ${library} were not measured`);
  }
  return result;
}

function timeOf(result: CaseResult, variant: Variant): string {
  return milliseconds(median(timesOf(result, variant)));
}

function ratioText(result: CaseResult, variant: Variant, base: Variant): string {
  return factor(ratioIn(result, variant, base)?.ratio ?? NaN);
}
