/** Node, as Jest gives it to a test file; ends what the file's support has started, after all hooks of the file. */
import { TestEnvironment } from 'jest-environment-node';

export default class extends TestEnvironment {
  #ends = [];

  constructor(...args) {
    super(...args);
    this.global.atEndOfFile = (end) => this.#ends.push(end);
  }

  async teardown() {
    for (const end of this.#ends.splice(0)) {
      await end();
    }
    await super.teardown();
  }
}
