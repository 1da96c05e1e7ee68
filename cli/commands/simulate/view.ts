/** What one sees of a run: a picture that is drawn anew in a terminal, a plain line per event anywhere else. */
import { clock } from '../../io/live-picture.js';
import { dynosText, numberText } from '../../hirefire/managers/units.js';
import type { Poll } from '../../hirefire/poll.js';
import { RunPicture } from '../../run/run-picture.js';
import { sentenceOf, type RunState } from '../../run/run-state.js';
import { hasColors, isLive, type Output } from '../../io/terminal.js';

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

const FRAME_MS = 250;

class LiveView implements View {
  readonly #picture: RunPicture;
  readonly #frames: NodeJS.Timeout;
  #poll: Poll | undefined;

  constructor(private readonly settings: ViewSettings) {
    const { state, output, isPlain, stopping } = settings;
    this.#picture = new RunPicture(output, hasColors(output, isPlain), state, stopping);
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
    const { title, startedAt } = this.settings.state;
    const now = clock((Date.now() - startedAt.getTime()) / 1000);
    const answer = this.#picture.answerOf(this.#poll, '… until a web dyno is up');
    this.#picture.draw('', `${this.#picture.paint('bold', title)}  ${now}  ${answer}`);
  }
}
