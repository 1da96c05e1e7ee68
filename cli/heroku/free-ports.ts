/** Gives dynos free ports of 127.0.0.1, each to one dyno at a time. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that Linux gives to connections: such a port could be taken before the dyno listens. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_767;
const MAX_TRIES = 1_000;

export class FreePorts {
  readonly #taken = new Set<number>();

  constructor(
    private readonly first = FIRST_PORT,
    private readonly last = LAST_PORT,
  ) {}

  /** @throws Error if it finds no free port */
  async take(): Promise<number> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const port = randomInt(this.first, this.last + 1);
      if (!this.#taken.has(port)) {
        this.#taken.add(port);
        if (await isFree(port)) {
          return port;
        }
        this.#taken.delete(port);
      }
    }
    throw new Error(`No free port was found between ${this.first} and ${this.last}.`);
  }

  giveBack(port: number): void {
    this.#taken.delete(port);
  }
}

export async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
