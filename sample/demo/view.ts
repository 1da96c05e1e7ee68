/** What one sees of a run: a live picture in a terminal, a plain line per poll anywhere else. */
import type { Checkup } from './hirefire.js';

export interface ProcessRow {
  readonly type: string;
  readonly dynos: number;
  readonly stopping: number;
  readonly maximum: number;
  /** Undefined while the app does not answer. */
  readonly waiting: number | undefined;
  readonly active: number | undefined;
}

export interface Frame {
  readonly title: string;
  readonly seconds: number;
  readonly done: number;
  readonly total: number;
  /** One per process type that HireFire manages. */
  readonly processes: readonly ProcessRow[];
  readonly checkup: Checkup;
  /** Of the web process. */
  readonly address: string;
}

export interface View {
  /** A step before or after the run itself. */
  step(text: string): void;
  /** Something that happened to a dyno. */
  event(text: string): void;
  /** A poll was made. */
  poll(frame: Frame): void;
  /** Time went by since the poll. */
  tick(frame: Frame): void;
  /** How it went. */
  verdict(lines: readonly string[], isGood: boolean): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

export const count = (value: number): string => value.toLocaleString('en-US');

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export const clock = (seconds: number): string =>
  [seconds / 60, seconds % 60].map((part) => `${Math.floor(part)}`.padStart(2, '0')).join(':');

export function viewFor(output: NodeJS.WriteStream): View {
  return output.isTTY ? new LiveView(output) : new PlainView(output);
}

class PlainView implements View {
  constructor(private readonly output: NodeJS.WritableStream) {}

  step(text: string): void {
    this.output.write(`${text}\n`);
  }

  event(text: string): void {
    this.output.write(`       ${text}\n`);
  }

  poll({ seconds, done, total, processes, checkup }: Frame): void {
    const parts = processes.map(({ type, waiting, active, dynos, stopping }) => {
      const decision = checkup.decisions.find((one) => one.type === type);
      const scaled = decision ? `${decision.from} -> ${decision.to}` : `${dynos}`;
      const jobs = `${amount(waiting)} waiting, ${amount(active)} active`;
      return `${type}: ${jobs}, dynos ${scaled}${stopping > 0 ? ` (${stopping} stopping)` : ''}`;
    });
    const problem = checkup.poll.ok ? [] : [`poll failed, dynos left alone: ${checkup.poll.reason}`];
    const progress = `done ${count(done)} of ${count(total)}`;
    this.output.write(`${[clock(seconds), ...problem, ...parts, progress].join(' | ')}\n`);
  }

  tick(): void {
    // Nothing moves on paper.
  }

  verdict(lines: readonly string[]): void {
    this.output.write(`\n${lines.join('\n')}\n`);
  }

  close(): void {
    // Nothing to restore.
  }
}

const EVENTS_KEPT = 6;
/** Polls that the trend shows, and those that the speed is taken from. */
const HISTORY = 40;
const SPEED_POLLS = 5;
const BAR_WIDTH = 40;
const NARROWEST = 40;

class LiveView implements View {
  readonly #paint: Paint;
  readonly #events: string[] = [];
  readonly #history = new Map<string, number[]>();
  readonly #speeds: { readonly seconds: number; readonly done: number }[] = [];
  #linesDrawn = 0;
  #frame: Frame | undefined;

  constructor(private readonly output: NodeJS.WriteStream) {
    this.#paint = new Paint(output.hasColors(256));
  }

  step(text: string): void {
    this.#settle();
    this.output.write(`  ${this.#paint.grey('·')} ${text}\n`);
  }

  event(text: string): void {
    const time = this.#frame ? clock(this.#frame.seconds) : '';
    this.#events.push(`${this.#paint.grey(time)}  ${text}`);
    this.#events.splice(0, this.#events.length - EVENTS_KEPT);
  }

  poll(frame: Frame): void {
    this.#frame = frame;
    for (const { type, value, from, to } of frame.checkup.decisions) {
      const arrow = to > from ? this.#paint.green('▲') : this.#paint.blue('▼');
      this.event(`${arrow} ${type.padEnd(9)} ${from} → ${to} dynos  ${this.#paint.grey(`${count(value)} jobs`)}`);
    }
    for (const { type } of frame.processes) {
      // A poll that failed is a gap and no 0.
      const value = frame.checkup.poll.ok ? (frame.checkup.poll.values.get(type) ?? NaN) : NaN;
      const values = this.#history.get(type) ?? [];
      this.#history.set(type, [...values, value].slice(-HISTORY));
    }
    this.#speeds.push({ seconds: frame.seconds, done: frame.done });
    this.#speeds.splice(0, this.#speeds.length - SPEED_POLLS - 1);
    this.#draw(frame);
  }

  tick(frame: Frame): void {
    this.#frame = frame;
    this.#draw(frame);
  }

  verdict(lines: readonly string[], isGood: boolean): void {
    const mark = isGood ? this.#paint.green('✔') : this.#paint.red('✖');
    this.output.write(`\n${lines.map((line) => `  ${mark} ${line}\n`).join('')}\n`);
  }

  close(): void {
    this.#settle();
  }

  /** Lets the picture stand as it is; what follows is written below it. */
  #settle(): void {
    if (this.#linesDrawn > 0) {
      this.#linesDrawn = 0;
      this.output.write('\x1b[?25h\n');
    }
  }

  #draw(frame: Frame): void {
    const width = Math.max(this.output.columns, NARROWEST) - 1;
    const lines = this.#lines(frame)
      .slice(0, Math.max(this.output.rows - 2, 1))
      .map((line) => cut(line, width));
    // The cursor is hidden while the picture moves; every line is erased to its end before it is written.
    const back = this.#linesDrawn > 0 ? `\x1b[${this.#linesDrawn}A\r` : '\n';
    this.output.write(`\x1b[?25l${back}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J`);
    this.#linesDrawn = lines.length;
  }

  #lines(frame: Frame): string[] {
    const { title, seconds, processes } = frame;
    const paint = this.#paint;
    return [
      `  ${paint.fire('HireFire')}  ${title}  ${paint.grey(clock(seconds))}`,
      '',
      this.#pollLine(frame),
      '',
      paint.grey(
        `  ${'process'.padEnd(10)}${'dynos'.padEnd(14)}${'waiting'.padStart(9)}${'active'.padStart(9)}   jobs`,
      ),
      ...processes.map((row) => this.#row(row)),
      '',
      this.#progress(frame),
      '',
      ...this.#events.map((event) => `  ${event}`),
    ];
  }

  #pollLine({ checkup: { poll }, address }: Frame): string {
    const paint = this.#paint;
    const request = `GET ${address}/hirefire/…/info`;
    if (!poll.ok) {
      return `  ${paint.red('✖')} dynos left alone: ${paint.red(poll.reason)}  ${paint.grey(request)}`;
    }
    const values = [...poll.values].map(([name, value]) => `${name} ${count(value)}`).join(', ');
    return `  ${paint.green('✔')} ${request}  ${paint.grey(`200 in ${poll.ms} ms`)}  ${values}`;
  }

  #row({ type, dynos, stopping, maximum, waiting, active }: ProcessRow): string {
    const paint = this.#paint;
    const free = Math.max(maximum - dynos - stopping, 0);
    const lights = paint.green('●'.repeat(dynos)) + paint.yellow('◐'.repeat(stopping)) + paint.grey('○'.repeat(free));
    const pad = ' '.repeat(Math.max(14 - dynos - stopping - free, 1));
    const trend = paint.sparkline(this.#history.get(type) ?? []);
    return `  ${type.padEnd(10)}${lights}${pad}${amount(waiting).padStart(9)}${amount(active).padStart(9)}   ${trend}`;
  }

  #progress({ done, total, seconds }: Frame): string {
    const part = total === 0 ? 1 : Math.min(done / total, 1);
    const full = Math.floor(part * BAR_WIDTH);
    const bar = this.#paint.fire('█'.repeat(full)) + this.#paint.grey('░'.repeat(BAR_WIDTH - full));
    const before = this.#speeds[0];
    const elapsed = before ? seconds - before.seconds : 0;
    const speed = before && elapsed > 0 ? `${count(Math.round((done - before.done) / elapsed))} jobs/s` : '';
    const percent = `${Math.floor(part * 100)} %`.padStart(5);
    return `  ${bar} ${percent}  ${count(done)} of ${count(total)}  ${this.#paint.grey(speed)}`;
  }
}

const amount = (value: number | undefined): string => (value === undefined ? '?' : count(value));

const ESCAPE = '\x1b';
const COLOUR_OR_CHARACTER = new RegExp(`(${ESCAPE}\\[[\\d;]*m)|[^]`, 'gu');

/** Shortens a line to what fits, without counting or breaking its colours. */
function cut(line: string, width: number): string {
  let left = width;
  return line.replace(COLOUR_OR_CHARACTER, (part: string, colour: string | undefined) =>
    colour !== undefined ? part : left-- > 0 ? part : '',
  );
}

class Paint {
  /** From ember to flame, in the terminal's 256 colours. */
  static readonly #FLAME = [196, 202, 208, 214, 220, 226];

  constructor(private readonly inColour: boolean) {}

  readonly grey = (text: string): string => this.#with('90', text);
  readonly red = (text: string): string => this.#with('31', text);
  readonly green = (text: string): string => this.#with('32', text);
  readonly yellow = (text: string): string => this.#with('33', text);
  readonly blue = (text: string): string => this.#with('34', text);

  /** Each character a little hotter than the one before. */
  fire(text: string): string {
    return Array.from(text, (character, index) => this.#glowing(character, (index + 1) / text.length)).join('');
  }

  /** The higher, the hotter. */
  sparkline(values: readonly number[]): string {
    const highest = Math.max(...values.filter((value) => value >= 0), 1);
    return values
      .map((value) => {
        const height = value / highest;
        return value >= 0 ? this.#glowing('▁▂▃▄▅▆▇█'.charAt(Math.ceil(height * 7)), height) : ' ';
      })
      .join('');
  }

  /** @param heat - from 0 to 1 */
  #glowing(character: string, heat: number): string {
    const { [Math.ceil(heat * (Paint.#FLAME.length - 1))]: colour = 208 } = Paint.#FLAME;
    return this.#with(`38;5;${colour}`, character);
  }

  #with(code: string, text: string): string {
    return this.inColour && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}
