/** The live picture of a run in a terminal: a head, a row per process, and the latest events. */
import type { DynoStatus } from '../heroku/formation.js';
import { numberText } from '../hirefire/managers/kinds.js';
import type { Poll } from '../hirefire/poll.js';
import { clock, dynosText, formatDuration } from '../io/format.js';
import { LivePicture, trendOf, wrapped } from '../io/live-picture.js';
import { hasColors, paint, type Color, type Output } from '../io/terminal.js';
import { printable } from '../io/untrusted.js';
import { lineOf, sentenceOf } from './events.js';
import { Evidence } from './evidence.js';
import type { ProcessState } from './run-process.js';
import type { RunState } from './run-state.js';

const MAX_EVENTS = 8;
const TREND_WIDTH = 30;
const MAX_LIGHTS = 12;
const FRAME_MS = 250;

const LIGHTS: Readonly<Record<DynoStatus, readonly [Color, string]>> = {
  starting: ['yellow', '◌'],
  up: ['green', '●'],
  stopping: ['yellow', '◐'],
  crashed: ['red', '✗'],
};

/** The output of a command while it runs. */
export interface View<Checkup extends { readonly poll: Poll }> {
  /** Prints a line that stays. */
  say(text: string): void;
  /** Shows a checkup, after its decisions. */
  checkup(checkup: Checkup): void;
  /** Restores the terminal. */
  close(): void;
}

export class RunPicture implements View<{ readonly poll: Poll }> {
  readonly #picture: LivePicture;
  readonly #isColorful: boolean;
  readonly #frames = setInterval(() => this.#draw(), FRAME_MS);
  readonly #evidence = new Evidence();
  readonly #stopListening: () => void;
  #problemsSeen = 0;
  #last: { readonly poll: Poll; readonly at: number } | undefined;

  /** @param waiting - the text before the first poll */
  constructor(
    private readonly output: Output,
    private readonly state: RunState,
    private readonly waiting: string,
  ) {
    this.#picture = new LivePicture(output);
    this.#isColorful = hasColors(output, false);
    this.#frames.unref();
    this.#stopListening = state.onChange(() => this.#sayWhy());
  }

  say(text: string): void {
    this.#picture.settle();
    this.output.write(`${wrapped(printable(text), this.output.columns)}\n`);
  }

  checkup({ poll }: { readonly poll: Poll }): void {
    this.#last = { poll, at: Date.now() };
    this.#draw();
  }

  close(): void {
    clearInterval(this.#frames);
    this.#stopListening();
    this.#picture.settle();
  }

  /** The last lines of a dyno are too many for the picture. */
  #sayWhy(): void {
    const { problems } = this.state;
    const found = problems.slice(this.#problemsSeen);
    this.#problemsSeen = problems.length;
    for (const problem of found) {
      const { t, message: text } = problem;
      const lines = this.#evidence.of(problem);
      [...(lines.length > 0 ? [lineOf({ t, level: 'problem', text })] : []), ...lines].forEach((line) =>
        this.say(line),
      );
    }
  }

  #draw(): void {
    const { title, startedAt, processes, events } = this.state;
    const now = clock((Date.now() - startedAt.getTime()) / 1000);
    this.#picture.draw([
      '',
      `${this.#paint('bold', title)}  ${now}${this.#paint('grey', this.#nextCheckup())}`,
      this.#outcome(),
      '',
      ...processes.map((process) => this.#row(process)),
      '',
      ...events.slice(-MAX_EVENTS).map((event) => {
        const line = printable(sentenceOf(event));
        return `${this.#paint('grey', clock(event.t))}  ${event.level === 'problem' ? this.#paint('red', line) : line}`;
      }),
    ]);
  }

  #nextCheckup(): string {
    const seconds = this.#last && this.state.every - (Date.now() - this.#last.at) / 1000;
    return seconds === undefined ? '' : `  next checkup in ${formatDuration(Math.max(Math.ceil(seconds), 0))}`;
  }

  #outcome(): string {
    const poll = this.#last?.poll;
    if (!poll) {
      return this.waiting;
    }
    return poll.ok
      ? `${this.#paint('green', '✓')} answered in ${Math.round(poll.ms)} ms`
      : this.#paint('red', `✗ poll failed, dynos left alone: ${printable(poll.reason)}`);
  }

  #paint(color: Color, text: string): string {
    return paint(color, text, this.#isColorful);
  }

  #row(process: ProcessState): string {
    const { name, manager, series, dynos } = process;
    const stopping = process.dynosThatAre('stopping');
    const free = Math.max((manager?.maximum ?? 0) - dynos.length, 0);
    const count = dynos.length + free;
    const words = `${dynosText(dynos.length - stopping)}${stopping > 0 ? `, ${stopping} stopping` : ''}`;
    const lights =
      dynos.map(({ status }) => this.#paint(...LIGHTS[status])).join('') + this.#paint('grey', '○'.repeat(free));
    const [shown, width] = count > MAX_LIGHTS ? [words, words.length] : [lights, count];
    const number = manager ? numberText(series.at(-1)?.value ?? null, manager) : '';
    const trend = manager ? trendOf(series.slice(-TREND_WIDTH).map(({ value }) => value)) : '';
    const padding = ' '.repeat(Math.max(MAX_LIGHTS + 2 - width, 1));
    return `${name.padEnd(16)}${shown}${padding}${number.padStart(16)}  ${this.#paint('blue', trend)}`;
  }
}
