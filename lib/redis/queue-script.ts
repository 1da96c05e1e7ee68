import type { Metric } from '../hirefire.protocol.js';
import type { QueueReading } from '../procs/backend.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { BatchedScript } from './batched-script.js';

export interface ScriptReading extends QueueReading {
  /** For a queue that the library does not know: some of those that it knows, if it keeps a list of them. */
  readonly knownQueues?: readonly string[];
  /** The key of an entry that can't be understood. */
  readonly oddIn?: string;
  /** The argument for the next reading of the workers, which then reads less. */
  readonly next?: string;
}

/** The argument that asks a script for the names of the workers too, for the first time. */
export const WORKERS = 'workers';

/** A latency takes longer to find than a size. */
const QUEUES_PER_CALL: Readonly<Record<Metric, number>> = { size: 32, latency: 8 };

const HEAD = `
local wantsLatency = mode == 'latency'

local function decoded(json)
  local isJson, value = pcall(cjson.decode, json)
  return isJson and type(value) == 'table' and value or {}
end
`;

/** An age is at least one millisecond: a latency of 0 means that no job waits. */
const TAIL = `
local function answerOf(key, argument)
  local ready, active, oldest, knownQueues, oddIn, workers, next = read(key, argument)
  local age = oldest and math.max(math.floor(now - oldest + 0.5), 1) or 0
  return { ready, active, age, knownQueues or false, oddIn or false, workers or false, next or false }
end
`;

/** Reads the sizes or the latencies of queues. */
export class QueueScript extends BatchedScript<Metric, ScriptReading> {
  /**
   * @param lua - defines `local function read(key, argument)`, which returns how many jobs of that queue are ready, how many are
   * active, and since when the oldest is ready, in epoch ms; a list of names too where the library has never heard of the queue;
   * the key of an entry that can't be understood, if there is one; and for an argument the names of the workers, as in a reading,
   * with the next argument. It can use `now`, in epoch ms, `decoded(json)`, which gives {} for what is no JSON, and `wantsLatency`: without it, the
   * oldest is not read
   */
  constructor(lua: string) {
    super(HEAD + lua + TAIL, QUEUES_PER_CALL, readingOf);
  }
}

function readingOf(values: readonly unknown[]): ScriptReading | Error {
  // A client with the option stringNumbers gives strings.
  const [ready, active, ageInMs] = values.map((value) => (typeof value === 'string' ? Number(value) : value));
  const [known, oddIn, workers, next] = values.slice(3);
  return typeof ready === 'number' && typeof active === 'number' && typeof ageInMs === 'number'
    ? {
        ready,
        active,
        latency: ageInMs / 1000,
        ...(Array.isArray(known) ? { knownQueues: known.map(String) } : {}),
        ...(typeof oddIn === 'string' ? { oddIn } : {}),
        ...(Array.isArray(workers) ? { workers: workers.map(String) } : {}),
        ...(typeof next === 'string' ? { next } : {}),
      }
    : new MeasureFailure('Redis answered with something other than three numbers');
}
