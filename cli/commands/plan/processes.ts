/** The processes to plan: the jobs of each, and the manager that it has now. */
import { WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import type { Config } from '../../hirefire/managers/config.js';
import {
  chosenManagers,
  DEFAULT_MANAGER,
  DEFAULT_MANAGER_TEXT,
  noManagerText,
  type Managers,
} from '../../hirefire/managers/managers-for.js';
import type { Manager, WorkerManager } from '../../hirefire/managers/schema.js';
import { UsageError } from '../../io/errors.js';
import { counted } from '../../io/format.js';
import { isForWorkers } from '../../plan/worker-kinds.js';
import type { Workload } from '../../plan/workload.js';
import { estimated, isLatency, processesOf } from './estimate.js';
import type { PerProcess } from './plan-options.js';
import type { Recording } from './recording.js';
import type { Source } from './source.js';
import type { Trace } from './trace.js';

export interface Settings {
  readonly config: Config | undefined;
  readonly managers: readonly (readonly [name: string, manager: Manager])[];
  readonly job: PerProcess;
  readonly slots: PerProcess;
}

export interface PlannedProcess {
  readonly name: string;
  readonly workload: Workload;
  readonly now: WorkerManager;
  readonly slots: number;
  /** Of a dyno, per month; undefined: unknown. */
  readonly price: number | undefined;
}

export interface Processes {
  readonly planned: readonly PlannedProcess[];
  readonly seconds: number;
  readonly notes: readonly string[];
}

interface History {
  readonly name: string;
  readonly workload: Workload;
  readonly recorded?: Manager | undefined;
}

interface Histories {
  readonly histories: readonly History[];
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** @throws UsageError if nothing can be planned */
export function processesToPlan(source: Source, settings: Settings): Processes {
  const { histories, seconds, notes } =
    source.kind === 'trace' ? inTrace(source.trace, settings) : inRecording(source.recording, settings);
  const { config, managers: flags, slots } = settings;
  const names = histories.map(({ name }) => name);
  refuseOthers(
    '--manager',
    flags.map(([name]) => name),
    names,
  );
  refuseOthers('--slots', slots.keys(), names);
  const chosen = chosenManagers(config, flags);
  const isDefault = chosen === undefined && histories.every(({ recorded }) => recorded === undefined);
  const planned = histories.flatMap(({ name, workload, recorded }) => {
    const now = chosen?.get(name) ?? recorded ?? (isDefault ? DEFAULT_MANAGER : undefined);
    return now !== undefined && isForWorkers(now) && hasJobs(workload)
      ? {
          name,
          workload,
          now,
          slots: slots.get(name) ?? config?.slots.get(name) ?? 1,
          price: config?.dynoPrices.get(name),
        }
      : [];
  });
  const rest = histories.filter(({ name }) => !planned.some((one) => one.name === name)).map(whyUnplanned);
  const all = [...notes, ...rest];
  if (planned.length === 0) {
    throw new UsageError(all.join('; ') || 'there is no process in it: declare a proc for each worker of the Procfile');
  }
  const defaults = `No managers are set: every process gets ${DEFAULT_MANAGER_TEXT} (see hirefire.json, --manager).`;
  return { planned, seconds, notes: [...(isDefault ? [defaults] : []), ...all] };
}

function hasJobs({ jobs, seconds }: Workload): boolean {
  return jobs.length > 0 && seconds > 0;
}

function whyUnplanned({ name, workload }: History): string {
  return !hasJobs(workload)
    ? `no job of ${name} ended in that time, so it is not planned: let it work first`
    : noManagerText(name, 'planned');
}

function inTrace({ source, startedAt, seconds, processes }: Trace, { job }: Settings): Histories {
  const [given] = job.keys();
  if (given !== undefined) {
    throw new UsageError(`--job ${given}: a trace has the times of its jobs: leave it out`);
  }
  const workers = [...processes].filter(([name]) => name !== WEB_PROC_NAME);
  const none = workers.filter(([, process]) => process === null).map(([name]) => name);
  const dropped = workers.filter(([, process]) => (process?.dropped ?? 0) > 0);
  return {
    seconds,
    histories: workers.flatMap(([name, process]) =>
      process === null
        ? []
        : { name, workload: { startedAt, seconds, jobs: process.jobs, waiting: process.waiting, estimated: false } },
    ),
    notes: [
      ...none.map((name) => `${source}: the backend of ${name} keeps no history: plan it from a recording of watch`),
      ...dropped.map(
        ([name, process]) =>
          `${name}: left out ${counted(process?.dropped ?? 0, 'run')} that the history has only in part`,
      ),
    ],
  };
}

function inRecording(recording: Recording, { config, managers, job, slots }: Settings): Histories {
  const { source, lines } = recording;
  const names = processesOf(recording).filter((name) => name !== WEB_PROC_NAME);
  const chosen = chosenManagers(config, managers);
  const latencies = names.filter((name) => isLatency(recording, name, chosen?.get(name)));
  const sizes = names.filter((name) => !latencies.includes(name));
  refuseOthers('--job', job.keys(), sizes);
  const histories = sizes.flatMap((name) => {
    const took = job.get(name);
    if (took === undefined) {
      throw new UsageError(`${source}: a recording has no times of jobs: give --job ${name}=40s, what one takes`);
    }
    const effort = { took, slots: slots.get(name) ?? config?.slots.get(name) ?? 1 };
    const estimate = estimated(recording, name, effort);
    return estimate ? { name, workload: estimate.workload, recorded: estimate.manager } : [];
  });
  const unknown = sizes.filter((size) => !histories.some(({ name }) => name === size));
  if (recording.startedAt === undefined) {
    refuseTimeRanges(source, histories, chosen);
  }
  return {
    histories,
    seconds: (lines.at(-1)?.t ?? 0) - (lines[0]?.t ?? 0),
    notes: [
      ...latencies.map(
        (name) => `${source}: ${name} is a latency, which does not show how many jobs came: plan with the app's trace`,
      ),
      ...unknown.map(
        (name) => `${source}: the number of ${name} was never known: the recording has the error of each poll`,
      ),
    ],
  };
}

function refuseTimeRanges(source: string, histories: readonly History[], managers: Managers = new Map()): void {
  const one = histories.find(({ name }) => (managers.get(name)?.timeRanges.length ?? 0) > 0);
  if (one !== undefined) {
    throw new UsageError(`${source} has no startedAt, which the time ranges of ${one.name} need: record again`);
  }
}

function refuseOthers(option: string, given: Iterable<string>, names: readonly string[]): void {
  for (const name of given) {
    if (!names.includes(name)) {
      throw new UsageError(`${option}: there are no jobs of "${name}": use ${names.join(', ') || 'another source'}`);
    }
  }
}
