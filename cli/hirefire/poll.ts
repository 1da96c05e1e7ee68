/** Polls an app for its numbers as HireFire does: with the token in a header, or in the path if the app knows only that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PROC_NAME_PATTERN, TOKEN_HEADER } from '../../lib/hirefire.protocol.js';
import { ask, type AskOptions, type HttpAnswer } from './ask.js';
import { AskError } from './ask-failures.js';
import { endpointsOf } from './base-url.js';
import { excerpt, parseJson, recordOf, textOf } from '../io/untrusted.js';

/** The number of each process, null for an unusable one; or the reason why the poll failed. */
export type Poll =
  | { readonly ok: true; readonly ms: number; readonly values: ReadonlyMap<string, number | null> }
  | { readonly ok: false; readonly ms: number; readonly reason: string };

export class Poller {
  #way: 'header' | 'path' | undefined;

  constructor(
    private readonly base: URL,
    private readonly token: string,
  ) {}

  /** Polls now and then every so many seconds, until the signal aborts. Skips turns that a slow answer made late. */
  async *every(seconds: number, signal: AbortSignal, timeoutMs?: number): AsyncGenerator<Poll> {
    const start = performance.now();
    const ms = seconds * 1000;
    for (let turn = 0; ; turn = Math.max(turn + 1, Math.ceil((performance.now() - start) / ms))) {
      await sleep(Math.max(start + turn * ms - performance.now(), 0), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        return;
      }
      yield await this.poll({ signal, ...(timeoutMs !== undefined && { timeoutMs }) });
    }
  }

  /** Never rejects because of the app or the network. */
  async poll(options: Omit<AskOptions, 'headers'> = {}): Promise<Poll> {
    const { byHeader, byPath } = endpointsOf(this.base, this.token);
    if (this.#way === 'path') {
      return (await this.#ask(byPath, options)).poll;
    }
    const first = await this.#ask(byHeader, { ...options, headers: { [TOKEN_HEADER]: this.token } });
    if (first.poll.ok) {
      this.#way = 'header';
      return first.poll;
    }
    // An older agent knows the path only: here it answers 404, or with a page of the app.
    if (this.#way === undefined && first.status !== undefined && first.status < 500) {
      const { poll } = await this.#ask(byPath, options);
      if (poll.ok) {
        this.#way = 'path';
        return poll;
      }
    }
    return first.poll;
  }

  async #ask(url: URL, options: AskOptions): Promise<{ readonly poll: Poll; readonly status?: number }> {
    try {
      const answer = await ask(url, options);
      const { status, ms } = answer;
      const values = status === 200 ? valuesOf(answer.body) : undefined;
      return {
        status,
        poll: values === undefined ? { ok: false, ms, reason: this.#reason(answer) } : { ok: true, ms, values },
      };
    } catch (error) {
      if (error instanceof AskError) {
        return { poll: { ok: false, ms: error.ms, reason: error.message } };
      }
      throw error;
    }
  }

  #reason({ status, body }: HttpAnswer): string {
    if (status === 200) {
      return 'the answer is not a JSON array of processes: see nestjs-hirefire check';
    }
    if (status === 404) {
      const place = this.base.pathname === '/' ? 'there' : `below ${excerpt(this.base.pathname, this.token)}`;
      return `404: another token, or no HireFire agent ${place}: see nestjs-hirefire check`;
    }
    return `${status} ${reasonsOf(body, this.token)}`.trim();
  }
}

/**
 * Leaves out processes with a bad name. A value that is missing, not a number, negative or given twice is null, never 0.
 *
 * @returns undefined unless the body is an array
 */
export function valuesOf(body: string): Map<string, number | null> | undefined {
  const processes = parseJson(body);
  if (!Array.isArray(processes)) {
    return undefined;
  }
  const values = new Map<string, number | null>();
  for (const process of processes.map(recordOf)) {
    const { name } = process;
    if (typeof name === 'string' && PROC_NAME_PATTERN.test(name)) {
      const value = 'value' in process ? process.value : process.quantity;
      values.set(name, isNumberOfJobs(value) && !values.has(name) ? value : null);
    }
  }
  return values;
}

/** The reasons of procs that failed, if the app has this package; else the beginning of its answer. */
export function reasonsOf(body: string, token: string): string {
  const { errors } = recordOf(parseJson(body));
  const reasons = Array.isArray(errors) ? errors.map(recordOf).flatMap(procFailure) : [];
  return excerpt(reasons.length > 0 ? reasons.join('; ') : body, token);
}

function procFailure({ name, message }: Readonly<Record<string, unknown>>): string | [] {
  if (message === undefined) {
    return [];
  }
  return name === undefined ? textOf(message) : `${textOf(name)}: ${textOf(message)}`;
}

/** True if HireFire accepts it as a size or a latency. */
export function isNumberOfJobs(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
