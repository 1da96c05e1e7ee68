/** Plays HireFire: asks the app what there is to do, and has its dynos hired and fired. */
import { wantedDynos, type JobQueueSize } from './strategy.js';

/** Longer than the app itself takes to give up, shorter than the 30 s after which Heroku does. */
const TIMEOUT_MS = 15_000;

/** What one poll gave: the value of each process type, or why there is none. */
export type Poll =
  | { readonly ok: true; readonly ms: number; readonly values: ReadonlyMap<string, number> }
  | { readonly ok: false; readonly ms: number; readonly reason: string };

/** What HireFire can do to an app. */
export interface Scalable {
  /** How many dynos of a process type there are. */
  up(type: string): number;
  scale(type: string, quantity: number): void;
}

export interface Decision {
  readonly type: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

export interface Checkup {
  readonly poll: Poll;
  /** The decisions that change something. */
  readonly decisions: readonly Decision[];
}

export class HireFire {
  constructor(
    private readonly url: string,
    private readonly managers: ReadonlyMap<string, JobQueueSize>,
    private readonly formation: Scalable,
  ) {}

  /** One poll, and what follows from it. Without an answer every dyno is left alone; a missing value leaves its own. */
  async checkup(): Promise<Checkup> {
    const poll = await pollOnce(this.url);
    const decisions: Decision[] = [];
    for (const [type, manager] of this.managers) {
      const value = poll.ok ? poll.values.get(type) : undefined;
      if (value === undefined) {
        continue;
      }
      const from = this.formation.up(type);
      const to = wantedDynos(value, from, manager);
      if (from !== to) {
        this.formation.scale(type, to);
        decisions.push({ type, value, from, to });
      }
    }
    return { poll, decisions };
  }
}

async function pollOnce(url: string): Promise<Poll> {
  const start = performance.now();
  const ms = (): number => Math.round(performance.now() - start);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    if (response.status !== 200) {
      return { ok: false, ms: ms(), reason: `${response.status} ${body}` };
    }
    return { ok: true, ms: ms(), values: valuesOf(JSON.parse(body)) };
  } catch (error) {
    return { ok: false, ms: ms(), reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `no answer within ${TIMEOUT_MS / 1000} s`;
  }
  // fetch() hides what happened behind "fetch failed".
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function valuesOf(answer: unknown): Map<string, number> {
  if (!Array.isArray(answer)) {
    throw new Error('an answer that is no array');
  }
  const processes: unknown[] = answer;
  const values = new Map<string, number>();
  for (const process of processes) {
    const name: unknown = Reflect.get(Object(process), 'name');
    const value: unknown = Reflect.get(Object(process), 'value');
    if (typeof name === 'string' && typeof value === 'number' && value >= 0) {
      values.set(name, value);
    }
  }
  return values;
}
