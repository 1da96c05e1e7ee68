/** The output of a watch: a picture that is redrawn in a terminal, a line per checkup anywhere else. */
import { numberText } from '../../hirefire/managers/kinds.js';
import { clock, dynosText, formatDuration } from '../../io/format.js';
import { isLive, type Output } from '../../io/terminal.js';
import { dynoHoursAt } from '../../run/cost.js';
import { RunPicture } from '../../run/run-picture.js';
import type { RunState } from '../../run/run-state.js';
import type { Decided } from '../../run/scaling.js';
import type { Checkup } from './watch.js';

export interface View {
  /** Prints a remark once. */
  note(text: string): void;
  checkup(checkup: Checkup): void;
  /** Restores the terminal. */
  close(): void;
}

export function viewOn(output: Output, isPlain: boolean, state: RunState): View {
  return isLive(output, isPlain) ? new LiveView(output, state) : new PlainView(output);
}

class PlainView implements View {
  constructor(private readonly output: Output) {}

  note(text: string): void {
    this.output.write(`${text}\n`);
  }

  checkup({ t, poll, decided }: Checkup): void {
    const line = poll.ok
      ? decided.map(sentence).join(' | ') || 'no process'
      : `poll failed, dynos left alone: ${poll.reason}`;
    this.output.write(`${clock(t)}  ${line}\n`);
  }

  close(): void {
    // Nothing was changed.
  }
}

function sentence({ name, manager, value, from, dynos, waitsFor }: Decided): string {
  const scaled = from === dynos ? dynosText(dynos) : `${from} → ${dynosText(dynos)}`;
  const why = value === null ? ', left alone' : waitsFor === undefined ? '' : `, waits for its ${waitsFor}`;
  return `${name}: ${numberText(value, manager)}, ${scaled}${why}`;
}

class LiveView implements View {
  readonly #notes: string[] = [];
  readonly #timer = setInterval(() => this.#draw(), 1000);
  readonly #picture: RunPicture;
  #checkup: Checkup | undefined;
  #arrivedAt = 0;

  constructor(
    output: Output,
    private readonly state: RunState,
  ) {
    this.#picture = new RunPicture(output, state);
    this.#draw();
  }

  note(text: string): void {
    this.#notes.push(text);
    this.#draw();
  }

  checkup(checkup: Checkup): void {
    this.#checkup = checkup;
    this.#arrivedAt = performance.now();
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#picture.settle();
  }

  #draw(): void {
    const picture = this.#picture;
    const since = this.#checkup === undefined ? 0 : (performance.now() - this.#arrivedAt) / 1000;
    const wait = formatDuration(Math.max(Math.ceil(this.state.every - since), 0));
    const now = clock((this.#checkup?.t ?? 0) + since);
    picture.draw(
      `${picture.paint('bold', this.state.title)}  ${now}  ${picture.paint('grey', `next checkup in ${wait}`)}`,
      ...this.#notes.map((note) => picture.paint('grey', note)),
      '',
      picture.outcomeOf(this.#checkup?.poll, '… the first checkup'),
    );
  }
}

/** The end of a watch, a line per process. */
export function summaryOf({ pollTimes: { count }, failedPolls, processes }: RunState): string[] {
  return [
    `${count} ${count === 1 ? 'checkup' : 'checkups'}, ${failedPolls} failed`,
    ...processes.map(({ name, dynoSeconds, dynoSecondsAtMaximum, price }) => {
      const [decided, atMaximum] = [dynoSeconds, dynoSecondsAtMaximum].map((seconds) => dynoHoursAt(price, seconds));
      return `${name}: ${decided}; always at its maximum: ${atMaximum}`;
    }),
  ];
}
