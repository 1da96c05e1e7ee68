/** Ports of 127.0.0.1 for dynos, each given to one at a time. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that Linux gives to connections, which could be in use by the time that the dyno listens. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_767;
const MAX_TRIES = 1_000;

export class FreePorts {
  readonly #taken = new Set<number>();

  /** @throws Error when there seems to be no free port */
  async take(): Promise<number> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const port = randomInt(FIRST_PORT, LAST_PORT + 1);
      if (!this.#taken.has(port)) {
        this.#taken.add(port);
        if (await isFree(port)) {
          return port;
        }
        this.#taken.delete(port);
      }
    }
    throw new Error(`No free port was found between ${FIRST_PORT} and ${LAST_PORT}.`);
  }

  giveBack(port: number): void {
    this.#taken.delete(port);
  }
}

/** Whether a server could listen on a port of 127.0.0.1. */
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
