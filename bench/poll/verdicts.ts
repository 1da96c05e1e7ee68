/** What is said of the targets. */
import type { Row } from '../support/document.js';
import { quantile, type Ratio } from '../support/statistics.js';
import type { Case, Plan, Variant } from './plan.js';
import type { CaseResult } from './polls.js';
import { interval, nameOf, ratioIn } from './results.js';

const SIZES = ['size', 'sizeOfProcs'] as const satisfies readonly Variant[];
const LATENCIES = ['latency', 'latencyOfProcs'] as const satisfies readonly Variant[];
const OURS = [...SIZES, ...LATENCIES];

/** How much longer a poll may take with a long backlog than with the usual one, and still be said not to depend on it. */
const BACKLOG_TOLERANCE = 1.5;

export const VERDICTS_HEAD: Row = ['target', 'verdict', 'cases', 'median', 'the worst', '95 %', 'where'];

interface Finding {
  readonly of: Case;
  readonly ratio: Ratio;
}

interface Target {
  readonly text: string;
  readonly limit: number;
  /** Whether the limit is the least that is asked for, not the most. */
  readonly isLeast?: boolean;
  readonly findings: readonly Finding[];
}

export function verdictRows(results: readonly CaseResult[], plan: Plan): Row[] {
  const many = results.filter(({ queues }) => queues > 1);
  const bull100 = results.filter(({ library, queues }) => library === 'bull' && queues === 100);
  const targets: Target[] = [
    { text: 'size, one proc of 10 to 1,000 queues: at most 1.5 × the floor', limit: 1.5, findings: of(many, ['size']) },
    {
      text: 'size, 10 to 1,000 procs of a queue: at most 1.5 × the floor',
      limit: 1.5,
      findings: of(many, ['sizeOfProcs']),
    },
    { text: 'size, also of 1 queue: at most 2 × the floor', limit: 2, findings: of(results, SIZES) },
    { text: 'latency, one proc: at most 2 × its floor', limit: 2, findings: of(results, ['latency']) },
    {
      text: 'latency, a proc for each queue: at most 2 × its floor',
      limit: 2,
      findings: of(results, ['latencyOfProcs']),
    },
    {
      text: 'size of 100 queues of Bull: at least 3 × faster than by hand',
      limit: 3,
      isLeast: true,
      findings: bull100.flatMap((one) => finding(one, ratioIn(one, 'handWritten', 'size'))),
    },
    {
      text: `size: no dependence on the backlog (at most ${BACKLOG_TOLERANCE} × ${plan.usual.name})`,
      limit: BACKLOG_TOLERANCE,
      findings: dependence(results, plan, 'size'),
    },
    {
      text: `latency: no dependence on the backlog (at most ${BACKLOG_TOLERANCE} × ${plan.usual.name})`,
      limit: BACKLOG_TOLERANCE,
      findings: dependence(results, plan, 'latency'),
    },
    { text: 'noise: the floor to itself (A/A)', limit: Infinity, findings: of(results, ['floorAgain']) },
    {
      text: 'no target: latency, one proc, to the floor of the size',
      limit: Infinity,
      findings: results.flatMap((one) => finding(one, ratioIn(one, 'latency', 'floor'))),
    },
  ];
  return [...targets.filter(({ findings }) => findings.length > 0).map(verdictRow), connectionsRow(results)];
}

/** A median and the worst; of many cases the worst is partly chance, so it misses a target for sure with its whole interval only. */
export function verdictRow({ text, limit, isLeast = false, findings }: Target): Row {
  const badness = ({ ratio }: Finding): number => (isLeast ? -ratio.ratio : ratio.ratio);
  const [worst] = [...findings].sort((a, b) => badness(b) - badness(a));
  if (!worst) {
    throw new Error(`nothing was measured for: ${text}`);
  }
  const missed = findings.filter(({ ratio }) => (isLeast ? ratio.ratio < limit : ratio.ratio > limit));
  const surely = missed.filter(({ ratio }) => (isLeast ? ratio.high < limit : ratio.low > limit));
  return [
    text,
    limit === Infinity ? '' : verdict(missed.length, surely.length),
    `${findings.length}`,
    quantile(
      findings.map(({ ratio }) => ratio.ratio),
      0.5,
    ).toFixed(2),
    worst.ratio.ratio.toFixed(2),
    interval(worst.ratio),
    nameOf(worst.of),
  ];
}

function verdict(missed: number, surely: number): string {
  if (missed === 0) {
    return 'met';
  }
  return surely === 0 ? `met, but for ${missed} within noise` : `missed ${surely}, and ${missed - surely} within noise`;
}

function of(results: readonly CaseResult[], variants: readonly Variant[]): Finding[] {
  return results.flatMap((one) => variants.flatMap((variant) => finding(one, ratioIn(one, variant))));
}

function finding(result: CaseResult, ratio: Ratio | undefined): Finding[] {
  return ratio ? [{ of: result, ratio }] : [];
}

/** Each long backlog to the usual one, both as a ratio to the floor: minutes lie between them, and machines drift. */
function dependence(results: readonly CaseResult[], { usual }: Plan, variant: Variant): Finding[] {
  return results
    .filter(({ backlog }) => backlog !== usual.name && backlog !== 'none')
    .flatMap((one) => {
      const same = results.find(
        ({ library, setUp, link, queues, backlog }) =>
          backlog === usual.name &&
          library === one.library &&
          setUp === one.setUp &&
          link === one.link &&
          queues === one.queues,
      );
      const [ratio, base] = [ratioIn(one, variant, 'floor'), same && ratioIn(same, variant, 'floor')];
      return ratio && base ? finding(one, quotient(ratio, base)) : [];
    });
}

/** Its bounds are wider than they need to be: both ends at their worst. */
export function quotient(one: Ratio, other: Ratio): Ratio {
  return { ratio: one.ratio / other.ratio, low: one.low / other.high, high: one.high / other.low };
}

function connectionsRow(results: readonly CaseResult[]): Row {
  const connections = results.flatMap((one) => OURS.flatMap((variant) => one.usages[variant]?.connections ?? []));
  const most = Math.max(...connections);
  const middle = quantile(connections, 0.5);
  return ['no new connection', most === 0 ? 'met' : 'missed', `${connections.length}`, `${middle}`, `${most}`, '', ''];
}
