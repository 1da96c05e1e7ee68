/** What one sees of a run: a live picture in a terminal, a plain line per event anywhere else. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Poll } from '../poll.js';
import type { ProcessState, RunState } from '../run-state.js';

export interface View {
  /** A line that stays. */
  say(text: string): void;
  /** A poll was made and decided upon. */
  checkup(poll: Poll): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

export interface ViewSettings {
  readonly state: RunState;
  readonly output: NodeJS.WriteStream;
  /** Lines only, without colour. */
  readonly isPlain: boolean;
  readonly stopping: (process: string) => number;
}

export function viewFor(settings: ViewSettings): View {
  return settings.output.isTTY && !settings.isPlain ? new LiveView(settings) : new PlainView(settings);
}

export function clock(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
  return [minutes, rest].map((part) => `${part}`.padStart(2, '0')).join(':');
}

export const amount = (value: number | null | undefined): string =>
  value === null || value === undefined ? '?' : value.toLocaleString('en-US', { maximumFractionDigits: 1 });

class PlainView implements View {
  readonly #state: RunState;
  readonly #forget: () => void;
  #eventsSaid = 0;
  #last = '';

  constructor(private readonly settings: ViewSettings) {
    this.#state = settings.state;
    this.#forget = this.#state.onChange(() => this.#sayEvents());
  }

  say(text: string): void {
    this.settings.output.write(`${text}\n`);
  }

  checkup(): void {
    const numbers = this.#state.processes.map((process) => {
      const stopping = this.settings.stopping(process.name);
      const dynos = `${process.dynos} ${process.dynos === 1 ? 'dyno' : 'dynos'}`;
      const more = stopping > 0 ? ` (${stopping} stopping)` : '';
      // What nobody decides by changes with every request.
      const number = process.manager ? `${amount(process.series.at(-1)?.value)} at ` : '';
      return `${process.name}: ${number}${dynos}${more}`;
    });
    const line = numbers.join(' | ');
    // A line that says what the last one said is none.
    if (line !== this.#last) {
      this.#last = line;
      const t = this.#state.processes.flatMap(({ series }) => series.at(-1)?.t ?? []);
      this.say(`${clock(Math.max(0, ...t))} ${line}`);
    }
  }

  close(): void {
    this.#forget();
  }

  #sayEvents(): void {
    const { eventCount, events } = this.#state;
    const fresh = events.slice(events.length - Math.min(eventCount - this.#eventsSaid, events.length));
    this.#eventsSaid = eventCount;
    fresh.forEach(({ t, level, text }) => this.say(`${clock(t)} ${level === 'problem' ? 'PROBLEM ' : ''}${text}`));
  }
}

const EVENTS_SHOWN = 8;
const HISTORY = 40;
const MAX_LIGHTS = 24;
const NARROWEST = 40;
const FRAME_MS = 250;

class LiveView implements View {
  readonly #state: RunState;
  readonly #frames: NodeJS.Timeout;
  #linesDrawn = 0;
  #poll: Poll | undefined;

  constructor(private readonly settings: ViewSettings) {
    this.#state = settings.state;
    this.#frames = setInterval(() => this.#draw(), FRAME_MS);
    this.#frames.unref();
  }

  say(text: string): void {
    this.#settle();
    this.settings.output.write(`${text}\n`);
  }

  checkup(poll: Poll): void {
    this.#poll = poll;
    this.#draw();
  }

  close(): void {
    clearInterval(this.#frames);
    this.#settle();
  }

  /** Lets the picture stand as it is; what follows is written below it. */
  #settle(): void {
    if (this.#linesDrawn > 0) {
      this.#linesDrawn = 0;
      this.settings.output.write('\x1b[?25h\n');
    }
  }

  #draw(): void {
    const { output } = this.settings;
    if (!this.#poll) {
      return;
    }
    const width = Math.max(output.columns, NARROWEST) - 1;
    const lines = this.#lines(this.#poll)
      .slice(0, Math.max(output.rows - 2, 1))
      .map((line) => cut(line, width));
    // The cursor is hidden while the picture moves; every line is erased to its end before it is written.
    const back = this.#linesDrawn > 0 ? `\x1b[${this.#linesDrawn}A\r` : '\n';
    output.write(`\x1b[?25l${back}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J`);
    this.#linesDrawn = lines.length;
  }

  #lines(poll: Poll): string[] {
    const seconds = (Date.now() - this.#state.startedAt.getTime()) / 1000;
    const answer = poll.ok
      ? this.#in('green', `✔ poll answered in ${poll.ms.toFixed(0)} ms`)
      : this.#in('red', `✖ ${poll.reason}`);
    return [
      `  ${this.#in('bold', this.#state.title)}  ${this.#in('gray', clock(seconds))}  ${answer}`,
      '',
      this.#in('gray', `  ${'process'.padEnd(14)}${'number'.padStart(9)}  dynos`),
      ...this.#state.processes.map((process) => this.#row(process)),
      '',
      ...this.#state.events.slice(-EVENTS_SHOWN).map(({ t, level, text }) => {
        return `  ${this.#in('gray', clock(t))}  ${level === 'problem' ? this.#in('red', text) : text}`;
      }),
    ];
  }

  #row({ name, dynos, manager, series }: ProcessState): string {
    const stopping = this.settings.stopping(name);
    const free = Math.max((manager?.maximum ?? dynos) - dynos - stopping, 0);
    const lights =
      dynos + stopping + free > MAX_LIGHTS
        ? `${dynos}${stopping > 0 ? ` and ${stopping} stopping` : ''} of ${manager?.maximum ?? dynos}`
        : this.#in('green', '●'.repeat(dynos)) +
          this.#in('yellow', '◐'.repeat(stopping)) +
          this.#in('gray', '○'.repeat(free));
    const trend = this.#in('cyan', sparkline(series.slice(-HISTORY).map(({ value }) => value)));
    const pad = ' '.repeat(Math.max(MAX_LIGHTS + 1 - stripVTControlCharacters(lights).length, 1));
    return `  ${name.padEnd(14)}${amount(series.at(-1)?.value).padStart(9)}  ${lights}${pad}${trend}`;
  }

  #in(colour: Parameters<typeof styleText>[0], text: string): string {
    return this.settings.output.hasColors() && text !== '' ? styleText(colour, text) : text;
  }
}

/** A number that is not known is a gap and no 0. */
function sparkline(values: readonly (number | null)[]): string {
  const highest = Math.max(1, ...values.map((value) => value ?? 0));
  return values.map((value) => (value === null ? ' ' : '▁▂▃▄▅▆▇█'.charAt(Math.ceil((value / highest) * 7)))).join('');
}

const ESCAPE = '\x1b';
const COLOUR_OR_CHARACTER = new RegExp(`(${ESCAPE}\\[[\\d;]*m)|[^]`, 'gu');

/** Shortens a line to what fits, without counting or breaking its colours. */
function cut(line: string, width: number): string {
  let left = width;
  return line.replace(COLOUR_OR_CHARACTER, (part: string, colour: string | undefined) =>
    colour !== undefined ? part : left-- > 0 ? part : '',
  );
}
