import { MeasureFailure } from './measure-failure.js';

interface Pending<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads together what any proc asks for within one tick: all procs of a poll have asked by its end, so that a broker is
 * asked once for all of them.
 */
export class Batch<Asked, Answer> {
  readonly #groups = new Map<unknown, Pending<Asked, Answer>[]>();

  /**
   * @param groupOf - what can be read by one call has the same key: a text, or an object such as a pool
   * @param read - reads one group; an answer each, in their order, an Error for what could not be read
   */
  constructor(
    private readonly groupOf: (asked: Asked) => unknown,
    private readonly read: (group: readonly Asked[]) => Promise<readonly (Answer | Error)[]>,
  ) {}

  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const key = this.groupOf(asked);
      const group = this.#groups.get(key) ?? [];
      group.push({ asked, resolve, reject });
      if (this.#groups.size === 0) {
        // After every promise that is settled by now.
        process.nextTick(() => this.#readAll());
      }
      this.#groups.set(key, group);
    });
  }

  #readAll(): void {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    groups.forEach((group) => void this.#readGroup(group));
  }

  async #readGroup(group: readonly Pending<Asked, Answer>[]): Promise<void> {
    try {
      const answers = await this.read(group.map(({ asked }) => asked));
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
