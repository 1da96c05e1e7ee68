/** The output of a run: a picture that is redrawn in a terminal, a plain line per event anywhere else. */
import { numberText } from '../../hirefire/managers/kinds.js';
import type { Poll } from '../../hirefire/poll.js';
import { clock, dynosText } from '../../io/format.js';
import { isLive, type Output } from '../../io/terminal.js';
import { printable } from '../../io/untrusted.js';
import { lineOf } from '../../run/events.js';
import { Evidence } from '../../run/evidence.js';
import { RunPicture, type View } from '../../run/run-picture.js';
import type { RunState } from '../../run/run-state.js';

/** @param isPlain - lines only, without colour */
export function viewFor(state: RunState, output: Output, isPlain: boolean): View<{ readonly poll: Poll }> {
  return isLive(output, isPlain)
    ? new RunPicture(output, state, '… until a web dyno is up')
    : new PlainView(state, output);
}

class PlainView implements View<{ readonly poll: Poll }> {
  readonly #stopListening: () => void;
  readonly #evidence = new Evidence();
  #eventsPrinted = 0;
  #problemsPrinted = 0;
  #lastLine = '';

  constructor(
    private readonly state: RunState,
    private readonly output: Output,
  ) {
    this.#stopListening = state.onChange(() => this.#printEvents());
  }

  say(text: string): void {
    this.output.write(`${printable(text)}\n`);
  }

  checkup(): void {
    const { processes } = this.state;
    const numbers = processes.map((process) => {
      const { name, manager, history, series } = process;
      const stopping = process.dynosThatAre('stopping');
      // Without a manager, the number changes with every request.
      const number = manager ? `${numberText(series.at(-1)?.value ?? null, manager)}, ` : '';
      return `${name}: ${number}${dynosText(history.dynos)}${stopping > 0 ? ` (${stopping} stopping)` : ''}`;
    });
    const line = numbers.join(' | ');
    // Skip repeated lines.
    if (line !== this.#lastLine) {
      this.#lastLine = line;
      const times = processes.flatMap(({ series }) => series.at(-1)?.t ?? []);
      this.say(`${clock(Math.max(0, ...times))}  ${line}`);
    }
  }

  close(): void {
    this.#stopListening();
  }

  #printEvents(): void {
    const { eventCount, events } = this.state;
    const fresh = events.slice(events.length - Math.min(eventCount - this.#eventsPrinted, events.length));
    this.#eventsPrinted = eventCount;
    for (const event of fresh) {
      this.say(lineOf(event));
    }
    const { problems } = this.state;
    const found = problems.slice(this.#problemsPrinted);
    this.#problemsPrinted = problems.length;
    found.flatMap((problem) => this.#evidence.of(problem)).forEach((line) => this.say(line));
  }
}
