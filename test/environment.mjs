/** Node, as Jest gives it to a test file; ends what the file's support has started, after all hooks of the file. */
import { TestEnvironment } from 'jest-environment-node';
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Jest runs the tests of each file in a new storage, which it never ends. Until Node 24, each promise of every later file in the
 * worker pays for all of these: 40% of the time to load 90 files.
 */
const storages = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  storages.add(this);
  return run.apply(this, args);
};

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
    for (const storage of storages) {
      storage.disable();
    }
    storages.clear();
    await super.teardown();
  }
}
