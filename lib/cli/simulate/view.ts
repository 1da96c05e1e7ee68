/** What one sees of a run: a picture that is drawn anew in a terminal, a plain line per event anywhere else. */
import { clock, LivePicture, trendOf } from '../live-picture.js';
import { dynosText, numberText } from '../managers/units.js';
import type { Poll } from '../poll.js';
import { sentenceOf, type ProcessState, type RunState } from '../run-state.js';
import { hasColors, isLive, paint, type Color, type Output } from '../terminal.js';

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
  readonly output: Output;
  /** Lines only, without colour. */
  readonly isPlain: boolean;
  readonly stopping: (process: string) => number;
}

export function viewFor(settings: ViewSettings): View {
  return isLive(settings.output, settings.isPlain) ? new LiveView(settings) : new PlainView(settings);
}

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
    const numbers = this.#state.processes.map(({ name, manager, dynos, series }) => {
      const stopping = this.settings.stopping(name);
      // What nobody decides by changes with every request.
      const number = manager ? `${numberText(series.at(-1)?.value ?? null, manager)}, ` : '';
      return `${name}: ${number}${dynosText(dynos)}${stopping > 0 ? ` (${stopping} stopping)` : ''}`;
    });
    const line = numbers.join(' | ');
    // A line that says what the last one said is none.
    if (line !== this.#last) {
      this.#last = line;
      const times = this.#state.processes.flatMap(({ series }) => series.at(-1)?.t ?? []);
      this.say(`${clock(Math.max(0, ...times))}  ${line}`);
    }
  }

  close(): void {
    this.#forget();
  }

  #sayEvents(): void {
    const { eventCount, events } = this.#state;
    const fresh = events.slice(events.length - Math.min(eventCount - this.#eventsSaid, events.length));
    this.#eventsSaid = eventCount;
    for (const event of fresh) {
      this.say(`${clock(event.t)}  ${event.level === 'problem' ? 'PROBLEM ' : ''}${sentenceOf(event)}`);
    }
  }
}

const EVENTS_SHOWN = 8;
const TREND_WIDTH = 30;
const MAX_LIGHTS = 12;
const FRAME_MS = 250;

class LiveView implements View {
  readonly #state: RunState;
  readonly #picture: LivePicture;
  readonly #isColorful: boolean;
  readonly #frames: NodeJS.Timeout;
  #poll: Poll | undefined;

  constructor(private readonly settings: ViewSettings) {
    const { state, output, isPlain } = settings;
    this.#state = state;
    this.#picture = new LivePicture(output);
    this.#isColorful = hasColors(output, isPlain);
    this.#frames = setInterval(() => this.#draw(), FRAME_MS);
    this.#frames.unref();
  }

  say(text: string): void {
    this.#picture.settle();
    this.settings.output.write(`${text}\n`);
  }

  checkup(poll: Poll): void {
    this.#poll = poll;
    this.#draw();
  }

  close(): void {
    clearInterval(this.#frames);
    this.#picture.settle();
  }

  #draw(): void {
    this.#picture.draw(this.#lines());
  }

  #lines(): string[] {
    const seconds = (Date.now() - this.#state.startedAt.getTime()) / 1000;
    return [
      '',
      `${this.#paint('bold', this.#state.title)}  ${clock(seconds)}  ${this.#answer()}`,
      '',
      ...this.#state.processes.map((process) => this.#row(process)),
      '',
      ...this.#state.events.slice(-EVENTS_SHOWN).map((event) => {
        const line = sentenceOf(event);
        return `${this.#paint('grey', clock(event.t))}  ${event.level === 'problem' ? this.#paint('red', line) : line}`;
      }),
    ];
  }

  #answer(): string {
    const poll = this.#poll;
    if (poll === undefined) {
      return '… until a web dyno is up';
    }
    return poll.ok
      ? `${this.#paint('green', '✓')} answered in ${Math.round(poll.ms)} ms`
      : this.#paint('red', `✗ poll failed, dynos left alone: ${poll.reason}`);
  }

  #row({ name, dynos, manager, series }: ProcessState): string {
    const stopping = this.settings.stopping(name);
    const free = Math.max((manager?.maximum ?? dynos) - dynos - stopping, 0);
    const count = dynos + stopping + free;
    const inWords = `${dynosText(dynos)}${stopping > 0 ? `, ${stopping} stopping` : ''}`;
    const lights =
      this.#paint('green', '●'.repeat(dynos)) +
      this.#paint('yellow', '◐'.repeat(stopping)) +
      this.#paint('grey', '○'.repeat(free));
    const [shown, width] = count > MAX_LIGHTS ? [inWords, inWords.length] : [lights, count];
    const number = manager ? numberText(series.at(-1)?.value ?? null, manager) : '';
    const trend = manager ? trendOf(series.slice(-TREND_WIDTH).map(({ value }) => value)) : '';
    const padding = ' '.repeat(Math.max(MAX_LIGHTS + 2 - width, 1));
    return `${name.padEnd(16)}${shown}${padding}${number.padStart(16)}  ${this.#paint('blue', trend)}`;
  }

  #paint(color: Color, text: string): string {
    return paint(color, text, this.#isColorful);
  }
}
