/** The events of a run for one browser. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { managerForms } from '../hirefire/managers/manager-forms.js';
import { groupsOf } from '../run/problem-groups.js';
import type { ProcessState } from '../run/run-process.js';
import type { RunControls, RunState } from '../run/run-state.js';
import { ALL_EVENT, MORE_EVENT, type PageMessage, type PageProcess } from './messages.js';
import { SAFE_HEADERS } from './safe-headers.js';

/** The shortest time between two messages. */
const MESSAGE_MS = 250;
/** Of each dyno; its log has all. */
const LAST_LINES = 6;

export class Stream {
  /** A name that no other site can guess. */
  readonly page = randomUUID();
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;
  #until = -Infinity;
  #eventsSent = 0;

  constructor(
    private readonly response: ServerResponse,
    private readonly state: RunState,
    private readonly controls: RunControls,
  ) {
    response.writeHead(200, { ...SAFE_HEADERS, 'Content-Type': 'text/event-stream' });
    this.#write(ALL_EVENT, { ...this.#message(), page: this.page, forms: managerForms() });
    this.#stopListening = state.onChange(() => {
      this.#timer ??= setTimeout(() => this.#sendMore(), MESSAGE_MS);
    });
  }

  end(): void {
    this.#sendMore();
    this.response.end();
  }

  close(): void {
    this.#stopListening();
    clearTimeout(this.#timer);
  }

  #sendMore(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#write(MORE_EVENT, this.#message());
  }

  #write(event: string, message: PageMessage): void {
    this.response.write(`event: ${event}\ndata: ${JSON.stringify(message)}\n\n`);
  }

  /** All that is new since the last one. */
  #message(): PageMessage {
    const { events, eventCount, processes, problems, title, app, startedAt, seconds, speed, every } = this.state;
    const fresh = Math.min(eventCount - this.#eventsSent, events.length);
    const after = this.#until;
    this.#eventsSent = eventCount;
    this.#until = Math.max(after, ...processes.flatMap(({ series }) => series.at(-1)?.t ?? []));
    return {
      ...{ title, app, startedAt: startedAt.getTime(), seconds, speed, every },
      canScale: this.controls.scale !== undefined,
      configFile: this.controls.configFile?.path ?? null,
      load: this.controls.load?.now() ?? null,
      processes: processes.map((process) => pageProcess(process, after)),
      events: events.slice(events.length - fresh),
      problems: groupsOf(problems),
    };
  }
}

/** @param after - the time of the last point that the browser has */
function pageProcess(process: ProcessState, after: number): PageProcess {
  const { name, managers, waitsFor, dynoSeconds, dynoSecondsAtMaximum, worst, price = null, series } = process;
  const first = series.findLastIndex(({ t }) => t <= after) + 1;
  return {
    ...{ name, managers, waitsFor, dynoSeconds, dynoSecondsAtMaximum, worst, price },
    dynos: process.dynos.map((dyno) => ({
      ...{ name: dyno.name, status: dyno.status, lastLines: dyno.lastLines.slice(-LAST_LINES) },
    })),
    points: series.slice(first),
  };
}
