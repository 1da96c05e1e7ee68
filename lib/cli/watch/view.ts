/** What one sees of a watch: a picture that is drawn anew in a terminal, a line per checkup anywhere else. */
import { formatDuration } from '../duration.js';
import { clock, LivePicture, trendOf } from '../live-picture.js';
import { dynosText, numberText } from '../managers/units.js';
import { costOf, sentenceOf, type RunState } from '../run-state.js';
import { hasColors, isLive, paint, type Color, type Output } from '../terminal.js';
import type { Checkup, Decided } from './watch.js';

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

const EVENTS_SHOWN = 8;
const TREND_WIDTH = 30;
const MAX_LIGHTS = 12;

class LiveView implements View {
  readonly #notes: string[] = [];
  readonly #timer = setInterval(() => this.#draw(), 1000);
  #checkup: Checkup | undefined;
  #arrivedAt = 0;
  readonly #picture: LivePicture;

  constructor(
    output: Output,
    private readonly isColorful: boolean,
    private readonly state: RunState,
  ) {
    this.#picture = new LivePicture(output);
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
    this.#picture.draw(this.#lines());
  }

  #lines(): string[] {
    const { state } = this;
    const since = this.#checkup === undefined ? 0 : (performance.now() - this.#arrivedAt) / 1000;
    const now = (this.#checkup?.t ?? 0) + since;
    const wait = Math.max(Math.ceil(state.every - since), 0);
    return [
      `${this.#paint('bold', state.title)}  ${clock(now)}  ${this.#paint('grey', `next checkup in ${formatDuration(wait)}`)}`,
      ...this.#notes.map((note) => this.#paint('grey', note)),
      '',
      ...this.#pollLine(),
      ...state.processes.map((process) => this.#row(process)),
      '',
      ...state.events.slice(-EVENTS_SHOWN).map((event) => {
        const line = sentenceOf(event);
        return `${this.#paint('grey', clock(event.t))}  ${event.level === 'problem' ? this.#paint('red', line) : line}`;
      }),
    ];
  }

  #pollLine(): string[] {
    const poll = this.#checkup?.poll;
    if (poll === undefined) {
      return ['… the first checkup', ''];
    }
    return [
      poll.ok
        ? `${this.#paint('green', '✓')} answered in ${Math.round(poll.ms)} ms`
        : this.#paint('red', `✗ ${failure(poll.reason)}`),
      '',
    ];
  }

  #row({ name, manager, dynos, series }: RunState['processes'][number]): string {
    const last = series.at(-1);
    const number = manager === undefined || last === undefined ? '' : numberText(last.value, manager);
    const maximum = Math.max(manager?.maximum ?? dynos, dynos);
    const lights =
      maximum > MAX_LIGHTS
        ? dynosText(dynos)
        : this.#paint('green', '●'.repeat(dynos)) + this.#paint('grey', '○'.repeat(maximum - dynos));
    const padding = ' '.repeat(
      Math.max(MAX_LIGHTS + 2 - (maximum > MAX_LIGHTS ? dynosText(dynos).length : maximum), 1),
    );
    const trend = trendOf(series.slice(-TREND_WIDTH).map(({ value }) => value));
    return `${name.padEnd(16)}${lights}${padding}${number.padStart(16)}  ${this.#paint('blue', trend)}`;
  }

  #paint(color: Color, text: string): string {
    return paint(color, text, this.isColorful);
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
