/** The live picture of a run on a terminal: a head, a row per process, and the latest events. */
import { clock, LivePicture, trendOf } from '../io/live-picture.js';
import { dynosText, numberText } from '../hirefire/managers/units.js';
import type { Poll } from '../hirefire/poll.js';
import { sentenceOf, type ProcessState, type RunState } from './run-state.js';
import { paint, type Color, type Output } from '../io/terminal.js';

const MAX_EVENTS = 8;
const TREND_WIDTH = 30;
const MAX_LIGHTS = 12;

export class RunPicture {
  readonly #picture: LivePicture;

  /** @param stopping - dynos of a process that still finish their jobs */
  constructor(
    output: Output,
    private readonly isColorful: boolean,
    private readonly state: RunState,
    private readonly stopping: (process: string) => number = () => 0,
  ) {
    this.#picture = new LivePicture(output);
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

  answerOf(poll: Poll | undefined, none: string): string {
    if (poll === undefined) {
      return none;
    }
    return poll.ok
      ? `${this.paint('green', '✓')} answered in ${Math.round(poll.ms)} ms`
      : this.paint('red', `✗ poll failed, dynos left alone: ${poll.reason}`);
  }

  paint(color: Color, text: string): string {
    return paint(color, text, this.isColorful);
  }

  #row({ name, dynos, manager, series }: ProcessState): string {
    const stopping = this.stopping(name);
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
