/** A recording of `watch --record`, checked. */
import { checked } from '../../hirefire/managers/checked.js';
import { managersSchema, type Manager } from '../../hirefire/managers/schema.js';
import { UsageError } from '../../io/errors.js';
import { jsonIn, lineIn } from './json-text.js';
import type { Place } from './place.js';
import { MAX_JOBS, MAX_SECONDS, processesIn } from './trace.js';

export interface Recording {
  readonly source: string;
  /** Undefined: an older version of watch recorded it. */
  readonly startedAt: Date | undefined;
  readonly lines: readonly RecordedLine[];
}

interface RecordedLine {
  /** Seconds since `startedAt`. */
  readonly t: number;
  readonly processes: ReadonlyMap<string, Recorded>;
}

export interface Recorded {
  /** Null: unknown. */
  readonly value: number | null;
  readonly dynos: number;
  /** Undefined: an older version of watch recorded it. */
  readonly manager: Manager | undefined;
}

const CUT_OFF = 'delete the line if the recording was cut off there, or record again';

/** @throws UsageError for the first mistake */
export function recordingOf(text: string, source: string): Recording {
  let before: Line | undefined;
  const lines = text
    .split('\n')
    .map((line, index) => [line, index + 1] as const)
    .filter(([line]) => line.trim() !== '')
    .map(([line, number]) => {
      const place = lineIn(source, number);
      const one = recordedLine(jsonIn(line, source, CUT_OFF, number), place);
      if (before !== undefined && (one.t < before.t || one.startedAt?.getTime() !== before.startedAt?.getTime())) {
        throw new UsageError(`${place}: another recording begins here: keep one in a file`);
      }
      before = one;
      return one;
    });
  return { source, startedAt: before?.startedAt, lines };
}

type Line = RecordedLine & Pick<Recording, 'startedAt'>;

function recordedLine(whole: Place, source: string): Line {
  const startedAt = whole.field('startedAt');
  return {
    startedAt: startedAt.isMissing ? undefined : startedAt.date(),
    t: whole.field('t').number(0, MAX_SECONDS),
    processes: new Map(processesIn(whole).map(([name, process]) => [name, recorded(name, process, source)])),
  };
}

function recorded(name: string, process: Place, source: string): Recorded {
  const value = process.field('value');
  const manager = process.field('manager');
  return {
    value: value.isNull ? null : value.number(0, MAX_JOBS),
    dynos: process.field('dynos').count(MAX_JOBS),
    manager: manager.isMissing ? undefined : checked(managersSchema, { [name]: manager.raw }, source)[name],
  };
}
