/** The end of a run, in words. */
import { numberText } from '../../hirefire/managers/kinds.js';
import { dynosText, formatDuration } from '../../io/format.js';
import { dynoHoursAt } from '../../run/cost.js';
import { Evidence } from '../../run/evidence.js';
import type { ProcessState } from '../../run/run-process.js';
import type { RunState } from '../../run/run-state.js';

const PROBLEMS_SHOWN = 5;

export function summaryOf(state: RunState): string[] {
  const { seconds, processes, pollTimes, failedPolls, requestTimes, codes } = state;
  const [median, p95] = [pollTimes.percentile(50), requestTimes.percentile(95)];
  const lost = Object.entries(codes).filter(([, count]) => count > 0);
  return [
    `The run took ${formatDuration(seconds)}.`,
    ...processes.map((process) => `  ${processLine(process, seconds)}`),
    `  polls: ${pollTimes.count}, ${failedPolls} failed${median === null ? '' : `, median ${median} ms`}`,
    `  requests: ${requestTimes.count}${p95 === null ? '' : `, 95 % within ${p95} ms`}${lost
      .map(([code, count]) => `, ${count} ${code}`)
      .join('')}`,
    ...problemLines(state),
  ];
}

function processLine(process: ProcessState, seconds: number): string {
  const { name, manager, price, series, dynoSeconds, dynoSecondsAtMaximum, secondsToFirstDyno, worst } = process;
  const most = Math.max(0, ...series.map(({ dynos }) => dynos));
  return [
    `${name}: ${dynosText(most)} at the peak`,
    dynoHoursAt(price, dynoSeconds),
    ...(manager ? [`always at its maximum: ${dynoHoursAt(price, dynoSecondsAtMaximum)}`] : []),
    `fixed at ${most}: ${dynoHoursAt(price, most * seconds)}`,
    ...(secondsToFirstDyno === null ? [] : [`first dyno ${afterFirstJob(secondsToFirstDyno)}`]),
    ...(worst === null || !manager ? [] : [`worst ${numberText(worst, manager)}`]),
  ].join(', ');
}

/** A dyno may be up before the first job, and a worker counts as up when its command has started. */
function afterFirstJob(seconds: number): string {
  const text = seconds.toFixed(1);
  return text === '0.0' ? 'at once' : `${text} s after the first job`;
}

function problemLines({ problems, problemCounts }: RunState): string[] {
  if (problemCounts.size === 0) {
    return ['Nothing went wrong.'];
  }
  const evidence = new Evidence();
  return [...problemCounts].flatMap(([kind, count]) => {
    const ofKind = problems.filter((problem) => problem.kind === kind);
    const cures = new Set(ofKind.map(({ cure }) => cure));
    return [
      `${kind}: ${count}`,
      ...ofKind
        .slice(0, PROBLEMS_SHOWN)
        .flatMap((problem) => [`  ${problem.t.toFixed(1)} s: ${problem.message}`, ...evidence.of(problem)]),
      ...(count > PROBLEMS_SHOWN ? [`  and ${count - PROBLEMS_SHOWN} more`] : []),
      ...[...cures].map((cure) => `  Cure: ${cure}`),
    ];
  });
}
