/** The server-sent events of a run, and the requests of its page. */
import type { ManagerForm } from '../hirefire/managers/manager-forms.js';
import type { RunEvent } from '../run/events.js';
import type { ProblemGroup } from '../run/problem-groups.js';
import type { ManagerSince, Point, ProcessState } from '../run/run-process.js';
import type { LoadNow, RunState } from '../run/run-state.js';

export type PageDyno = Pick<ProcessState['dynos'][number], 'name' | 'status' | 'lastLines'>;

export interface PageProcess {
  readonly name: string;
  /** The managers so far, the current one last; none: the process is not managed. */
  readonly managers: readonly ManagerSince[];
  /** By their numbers; null: the run is over. */
  readonly dynos: readonly PageDyno[] | null;
  /** The reason why the dynos are not yet as the number asks. */
  readonly waitsFor?: ProcessState['waitsFor'];
  readonly dynoSeconds: number;
  readonly dynoSecondsAtMaximum: number;
  /** The highest value; null while none is known. */
  readonly worst: number | null;
  /** Dollars per dyno and month; null: no price is known. */
  readonly price: number | null;
  /** All points, or those since the last message. */
  readonly points: readonly Point[];
}

export interface PageMessage {
  readonly title: string;
  readonly app: RunState['app'];
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Since the start; the dyno seconds cover them. */
  readonly seconds: number;
  readonly speed: number;
  /** Seconds between two checkups, of a live run only. */
  readonly every?: number;
  /** True if dynos can be added by hand. */
  readonly canScale: boolean;
  /** The file to save the managers in; null: they can't be saved. */
  readonly configFile: string | null;
  /** Null: no requests can be sent. */
  readonly load: LoadNow | null;
  readonly processes: readonly PageProcess[];
  /** All that are kept, or those since the last message. */
  readonly events: readonly RunEvent[];
  /** The newest first. */
  readonly problems: readonly ProblemGroup[];
  /** The page's name for the command, and the types of manager; in the first message of a live run only. */
  readonly page?: string;
  readonly forms?: readonly ManagerForm[];
}

/** The events of the stream: first everything, then only the changes. */
export const ALL_EVENT = 'all';
export const MORE_EVENT = 'more';
export const EVENTS_PATH = '/events';

/** The page posts changes as JSON, each kind to its path. The answer is 2xx, or another status with the reason. */
export const MANAGER_PATH = '/manager';
export const SCALE_PATH = '/scale';
/** Answers 409 if the file exists and `replaces` is false. */
export const SAVE_PATH = '/save';
/** The load ends when the last page that set it closes. */
export const LOAD_PATH = '/load';

export interface ChangeBodies {
  readonly [MANAGER_PATH]: { readonly process: string; readonly manager: object };
  readonly [SCALE_PATH]: { readonly process: string; readonly dynos: number };
  readonly [SAVE_PATH]: { readonly replaces: boolean };
  readonly [LOAD_PATH]: { readonly page: string; readonly path: string; readonly perSecond: number };
}
