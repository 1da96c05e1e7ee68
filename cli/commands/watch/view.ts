/** The output of a watch: a picture that is redrawn in a terminal, a line per checkup anywhere else. */
import { numberText } from '../../hirefire/managers/kinds.js';
import { amount, clock, dynosText } from '../../io/format.js';
import { isLive, type Output } from '../../io/terminal.js';
import { printable } from '../../io/untrusted.js';
import { dynoHoursAt } from '../../run/cost.js';
import { RunPicture, type View } from '../../run/run-picture.js';
import type { RunState } from '../../run/run-state.js';
import type { Decided } from '../../run/scaling.js';
import type { Checkup } from './watch.js';

export function viewOn(output: Output, isPlain: boolean, state: RunState): View<Checkup> {
  return isLive(output, isPlain) ? new RunPicture(output, state, '… the first checkup') : new PlainView(output);
}

class PlainView implements View<Checkup> {
  constructor(private readonly output: Output) {}

  say(text: string): void {
    this.output.write(`${printable(text)}\n`);
  }

  checkup({ t, poll, decided }: Checkup): void {
    const line = poll.ok
      ? decided.map(sentence).join(' | ') || 'no process'
      : `poll failed, dynos left alone: ${poll.reason}`;
    this.say(`${clock(t)}  ${line}`);
  }

  close(): void {
    // Nothing was changed.
  }
}

function sentence({ name, manager, value, from, dynos, waitsFor }: Decided): string {
  const scaled = from === dynos ? dynosText(dynos) : `${amount(from)} → ${dynosText(dynos)}`;
  const why = value === null ? ', left alone' : waitsFor === undefined ? '' : `, waits for its ${waitsFor}`;
  return `${name}: ${numberText(value, manager)}, ${scaled}${why}`;
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
