import { MeasureFailure } from './measure-failure.js';

/** The questions of one tick that one call can answer. */
export type Group<Asked> = readonly [Asked, ...Asked[]];

interface Pending<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Groups the questions that all procs ask in one tick, so one poll asks a broker once. */
export class Batch<Asked, Answer> {
  readonly #groups = new Map<unknown, [Pending<Asked, Answer>, ...Pending<Asked, Answer>[]]>();

  /**
   * @param groupOf - gives the same key for all that one call can read: a text, or an object such as a pool
   * @param read - reads one group; an answer each, in their order, an Error for each that could not be read
   */
  constructor(
    private readonly groupOf: (asked: Asked) => unknown,
    private readonly read: (group: Group<Asked>) => Promise<readonly (Answer | Error)[]>,
  ) {}

  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const key = this.groupOf(asked);
      if (this.#groups.size === 0) {
        // After every promise that is settled by now.
        process.nextTick(() => this.#readAll());
      }
      const group = this.#groups.get(key);
      const pending = { asked, resolve, reject };
      if (group) {
        group.push(pending);
      } else {
        this.#groups.set(key, [pending]);
      }
    });
  }

  #readAll(): void {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    groups.forEach((group) => void this.#readGroup(group));
  }

  async #readGroup(group: Group<Pending<Asked, Answer>>): Promise<void> {
    try {
      const [first, ...others] = group;
      const answers = await this.read([first.asked, ...others.map(({ asked }) => asked)]);
      group.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (answer === undefined || answer instanceof Error) {
          reject(answer ?? new MeasureFailure('the broker gave fewer answers than it was asked for'));
        } else {
          resolve(answer);
        }
      });
    } catch (error) {
      group.forEach(({ reject }) => reject(error));
    }
  }
}
