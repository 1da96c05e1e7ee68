/** The end of a run, in words. */
import { formatDuration } from '../../io/duration.js';
import { dynosText, numberText } from '../../hirefire/managers/units.js';
import { costOf } from '../../run/run-state.js';
import type { ProblemKind } from '../../run/problems.js';
import type { ProcessReport, Report } from '../../run/report.js';

const PROBLEMS_SHOWN = 5;

/** @param counts - of all problems, also those that the report leaves out */
export function summaryOf(
  report: Report,
  counts: ReadonlyMap<ProblemKind, number>,
  prices: ReadonlyMap<string, number>,
): string[] {
  const { polls, router, processes } = report;
  const seconds = (Date.parse(report.endedAt) - Date.parse(report.startedAt)) / 1000;
  const codes = Object.entries(router.codes).filter(([, count]) => count > 0);
  return [
    `The run took ${formatDuration(seconds)}.`,
    ...Object.entries(processes).map(([name, process]) => `  ${processLine(name, process, seconds, prices.get(name))}`),
    `  polls: ${polls.count}, ${polls.failed} failed${polls.p50 === null ? '' : `, median ${polls.p50} ms`}`,
    `  requests: ${router.requests}${router.p95 === null ? '' : `, 95 % within ${router.p95} ms`}${codes
      .map(([code, count]) => `, ${count} ${code}`)
      .join('')}`,
    ...problemLines(report, counts),
  ];
}

function processLine(name: string, process: ProcessReport, seconds: number, price: number | undefined): string {
  const { manager, series, dynoSeconds, dynoSecondsAtMaximum, secondsToFirstDyno, worst } = process;
  const most = Math.max(0, ...series.map(({ dynos }) => dynos));
  const cost = (amountOfSeconds: number): string => {
    const hours = `${(amountOfSeconds / 3600).toFixed(3)} dyno hours`;
    return price === undefined ? hours : `${hours} ($${costOf(amountOfSeconds, price).toFixed(4)})`;
  };
  return [
    `${name}: at most ${dynosText(most)}`,
    cost(dynoSeconds),
    ...(manager ? [`always ${manager.maximum}: ${cost(dynoSecondsAtMaximum)}`] : []),
    `fixed at ${most}: ${cost(most * seconds)}`,
    ...(secondsToFirstDyno === null ? [] : [`first dyno ${secondsToFirstDyno.toFixed(1)} s after the first job`]),
    ...(worst === null || !manager ? [] : [`worst ${numberText(worst, manager)}`]),
  ].join(', ');
}

function problemLines({ problems }: Report, counts: ReadonlyMap<ProblemKind, number>): string[] {
  if (counts.size === 0) {
    return ['Nothing went wrong.'];
  }
  return [...counts].flatMap(([kind, count]) => {
    const shown = problems.filter((problem) => problem.kind === kind);
    const cures = new Set(shown.map(({ cure }) => cure));
    return [
      `${kind}: ${count}`,
      ...shown.slice(0, PROBLEMS_SHOWN).map(({ t, message }) => `  ${t.toFixed(1)} s: ${message}`),
      ...(count > PROBLEMS_SHOWN ? [`  and ${count - PROBLEMS_SHOWN} more`] : []),
      ...[...cures].map((cure) => `  Cure: ${cure}`),
    ];
  });
}
