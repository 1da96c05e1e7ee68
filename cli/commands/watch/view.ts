/** What one sees of a watch: a picture that is drawn anew in a terminal, a line per checkup anywhere else. */
import { formatDuration } from '../../io/duration.js';
import { clock } from '../../io/live-picture.js';
import { dynosText, numberText } from '../../hirefire/managers/units.js';
import { RunPicture } from '../../run/run-picture.js';
import { costOf, type RunState } from '../../run/run-state.js';
import { hasColors, isLive, type Output } from '../../io/terminal.js';
import type { Decided } from '../../run/scaling.js';
import type { Checkup } from './watch.js';

export interface View {
  /** Something that is said once. */
  note(text: string): void;
  checkup(checkup: Checkup): void;
  /** Lets the terminal be as it was found. */
  close(): void;
}

export function viewOn(output: Output, isPlain: boolean, state: RunState): View {
  return isLive(output, isPlain) ? new LiveView(output, hasColors(output, isPlain), state) : new PlainView(output);
}

class PlainView implements View {
  constructor(private readonly output: Output) {}

  note(text: string): void {
    this.output.write(`${text}\n`);
  }

  checkup({ t, poll, decided }: Checkup): void {
    const says = poll.ok ? decided.map(sentence).join(' | ') || 'no process' : failure(poll.reason);
    this.output.write(`${clock(t)}  ${says}\n`);
  }

  close(): void {
    // Nothing was changed.
  }
}

function failure(reason: string): string {
  return `poll failed, dynos left alone: ${reason}`;
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
    isColorful: boolean,
    private readonly state: RunState,
  ) {
    this.#picture = new RunPicture(output, isColorful, state);
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
      picture.answerOf(this.#checkup?.poll, '… the first checkup'),
    );
  }
}

/** How it went, a line per process. */
export function summaryOf(state: RunState, polls: number, failedPolls: number): string[] {
  return [
    `${polls} ${polls === 1 ? 'checkup' : 'checkups'}, ${failedPolls} failed`,
    ...state.processes.map(({ name, dynoSeconds, dynoSecondsAtMaximum, price }) => {
      const amount = (seconds: number): string =>
        `${(seconds / 3600).toFixed(3)} dyno hours${price === undefined ? '' : ` (${costOf(seconds, price).toFixed(4)})`}`;
      return `${name}: ${amount(dynoSeconds)}; always at its maximum: ${amount(dynoSecondsAtMaximum)}`;
    }),
  ];
}
