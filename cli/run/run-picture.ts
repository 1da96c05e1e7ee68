/** The live picture of a run in a terminal: a head, a row per process, and the latest events. */
import { numberText } from '../hirefire/managers/kinds.js';
import type { Poll } from '../hirefire/poll.js';
import { clock, dynosText } from '../io/format.js';
import { LivePicture, trendOf } from '../io/live-picture.js';
import { hasColors, paint, type Color, type Output } from '../io/terminal.js';
import { sentenceOf } from './events.js';
import type { ProcessState } from './run-process.js';
import type { RunState } from './run-state.js';

const MAX_EVENTS = 8;
const TREND_WIDTH = 30;
const MAX_LIGHTS = 12;

export class RunPicture {
  readonly #picture: LivePicture;
  readonly #isColorful: boolean;

  constructor(
    output: Output,
    private readonly state: RunState,
  ) {
    this.#picture = new LivePicture(output);
    this.#isColorful = hasColors(output, false);
  }

  draw(...head: readonly string[]): void {
    const { processes, events } = this.state;
    this.#picture.draw([
      ...head,
      '',
      ...processes.map((process) => this.#row(process)),
      '',
      ...events.slice(-MAX_EVENTS).map((event) => {
        const line = sentenceOf(event);
        return `${this.paint('grey', clock(event.t))}  ${event.level === 'problem' ? this.paint('red', line) : line}`;
      }),
    ]);
  }

  settle(): void {
    this.#picture.settle();
  }

  /** @param before - the text before the first poll */
  outcomeOf(poll: Poll | undefined, before: string): string {
    if (poll === undefined) {
      return before;
    }
    return poll.ok
      ? `${this.paint('green', '✓')} answered in ${Math.round(poll.ms)} ms`
      : this.paint('red', `✗ poll failed, dynos left alone: ${poll.reason}`);
  }

  paint(color: Color, text: string): string {
    return paint(color, text, this.#isColorful);
  }

  #row({ name, history: { dynos }, counts: { stopping }, manager, series }: ProcessState): string {
    const free = Math.max((manager?.maximum ?? dynos) - dynos - stopping, 0);
    const count = dynos + stopping + free;
    const words = `${dynosText(dynos)}${stopping > 0 ? `, ${stopping} stopping` : ''}`;
    const lights =
      this.paint('green', '●'.repeat(dynos)) +
      this.paint('yellow', '◐'.repeat(stopping)) +
      this.paint('grey', '○'.repeat(free));
    const [shown, width] = count > MAX_LIGHTS ? [words, words.length] : [lights, count];
    const number = manager ? numberText(series.at(-1)?.value ?? null, manager) : '';
    const trend = manager ? trendOf(series.slice(-TREND_WIDTH).map(({ value }) => value)) : '';
    const padding = ' '.repeat(Math.max(MAX_LIGHTS + 2 - width, 1));
    return `${name.padEnd(16)}${shown}${padding}${number.padStart(16)}  ${this.paint('blue', trend)}`;
  }
}
