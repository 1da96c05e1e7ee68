/** Replays the jobs of a source with other settings, and prints what each would have cost. */
import { configPath, readConfig } from '../../hirefire/managers/config.js';
import { CHECKUP_FREQUENCY } from '../../hirefire/managers/config-file.js';
import type { Manager } from '../../hirefire/managers/schema.js';
import { UsageError } from '../../io/errors.js';
import { amount } from '../../io/format.js';
import type { Output } from '../../io/terminal.js';
import { printable } from '../../io/untrusted.js';
import type { Searched } from '../../plan/picks.js';
import { ReplayPool } from '../../plan/replay-pool.js';
import { search } from '../../plan/search.js';
import { jobsOf } from '../../plan/workload.js';
import { answerOf, picked, pricesFor, type Answer, type Goal, type PickedProcess } from './answer.js';
import { failuresOf } from './goals.js';
import type { PerProcess } from './plan-options.js';
import { processesToPlan, type PlannedProcess } from './processes.js';
import { Progress } from './progress.js';
import { saveStarred } from './save.js';
import { readSource } from './source.js';
import { headOf, littleText, spanText, tableOf } from './text.js';

/** Of one replay, so 500 settings end within minutes. */
const MAX_CHECKUPS = 1_000_000;

export interface PlanOptions extends Goal {
  readonly token?: string;
  readonly config?: string;
  readonly manager?: readonly (readonly [name: string, manager: Manager])[];
  readonly job?: PerProcess;
  readonly slots?: PerProcess;
  readonly boot: number;
  readonly phases: number;
  readonly json?: true;
  readonly page?: true;
  readonly write?: true;
}

export interface PlanStreams {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The built cli/plan/replay-worker.ts. */
  readonly workerFile: string;
}

export interface Planned {
  /** Such as the app's URL. */
  readonly source: string;
  readonly processes: readonly PickedProcess[];
  readonly answer: Answer;
  readonly exitCode: 0 | 1;
}

/**
 * @param given - an app's URL, or files
 * @throws UsageError
 */
export async function plan(given: readonly string[], options: PlanOptions, streams: PlanStreams): Promise<Planned> {
  if (options.wait !== undefined && options.budget !== undefined) {
    throw new UsageError('--wait and --budget: give one of them, as each asks for another setting');
  }
  const config = await readConfig(options.config);
  const source = await readSource(given, options.token);
  const { manager: managers = [], job = new Map(), slots = new Map() } = options;
  const { planned, seconds, notes } = processesToPlan(source, { config, managers, job, slots });
  if (options.budget !== undefined) {
    pricesFor(planned);
  }
  const { checkupFrequency = CHECKUP_FREQUENCY, timeZone = 'UTC' } = config ?? {};
  if (seconds / checkupFrequency > MAX_CHECKUPS) {
    throw new UsageError(
      `${configPath(options.config)}: checkupFrequency is ${checkupFrequency}: that is over ${amount(MAX_CHECKUPS)} checkups in ${spanText(seconds)}: raise it, or plan a shorter time`,
    );
  }
  const searches = new Map<string, Searched>();
  for (const process of planned) {
    searches.set(process.name, await searchFor(process, { ...options, checkupFrequency, timeZone }, streams));
  }
  const processes = picked(planned, searches, options);
  const failures = failuresOf(processes, options);
  const answer = answerOf(processes, seconds);
  // Before the plans are printed, because a closed pipe ends this process; they are printed even if the file can't be written.
  const [saved] = await Promise.allSettled([options.write === true ? saveStarred(processes, options.config) : []]);
  print(processes, { answer, notes, lines: failures }, options.json === true, streams);
  if (saved.status === 'rejected') {
    throw saved.reason;
  }
  say(othersOf(options.json === true, streams), saved.value);
  const { source: name } = source.kind === 'trace' ? source.trace : source.recording;
  return { source: name, processes, answer, exitCode: failures.length > 0 ? 1 : 0 };
}

interface SearchOptions extends PlanOptions {
  readonly checkupFrequency: number;
  readonly timeZone: string;
}

async function searchFor(
  { name, workload, now, slots }: PlannedProcess,
  { boot, phases, checkupFrequency, timeZone, wait }: SearchOptions,
  { stderr, workerFile }: PlanStreams,
): Promise<Searched> {
  const jobs = jobsOf(workload);
  const progress = new Progress(stderr, name, jobs.readyAt.length);
  const settings = { slots, boot, checkupFrequency, phases, timeZone };
  const pool = new ReplayPool(workerFile, { jobs, settings }, () => progress.replayed());
  try {
    return await search(jobs, { now, slots, checkupFrequency, ...(wait !== undefined && { wait }) }, (managers) =>
      pool.replayAll(managers),
    );
  } finally {
    progress.end();
    await pool.close();
  }
}

interface Printed {
  readonly answer: Answer;
  /** Before the plans, and after them. */
  readonly notes: readonly string[];
  readonly lines: readonly string[];
}

/** The stream for all but the answer. */
function othersOf(isJson: boolean, { stdout, stderr }: PlanStreams): Output {
  return isJson ? stderr : stdout;
}

function print(
  processes: readonly PickedProcess[],
  { answer, notes, lines }: Printed,
  isJson: boolean,
  streams: PlanStreams,
): void {
  const { stdout } = streams;
  const others = othersOf(isJson, streams);
  say(others, notes);
  if (isJson) {
    stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  } else {
    for (const { name, slots, workload } of processes) {
      const its = answer.processes[name];
      say(
        stdout,
        its
          ? [headOf(name, its, workload.seconds, slots), ...littleText(its, workload.seconds), ...tableOf(its.plans)]
          : [],
      );
    }
  }
  say(others, lines);
}

function say(output: Output, texts: readonly string[]): void {
  texts.forEach((text) => output.write(`${printable(text)}\n`));
}
