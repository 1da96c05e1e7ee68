/** A TCP proxy that holds back whatever passes, each direction for the same time, and changes nothing else. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Milliseconds before a chunk is due in which a timer, of whole ms, could come too late. */
const TIMER_ERROR = 2;

interface Chunk {
  readonly due: number;
  readonly pass: () => void;
}

export class DelayProxy {
  /** In order: all are held back for as long. */
  readonly #chunks: Chunk[] = [];
  #isWaiting = false;

  /** @param delay - milliseconds each direction, fractions too */
  constructor(
    private readonly port: number,
    private readonly delay: number,
  ) {}

  createServer(): Server {
    return createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
      const far = connect({ port: this.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
      this.#pass(near, far);
      this.#pass(far, near);
    });
  }

  #pass(from: Socket, to: Socket): void {
    from.on('data', (data) => this.#later(() => to.write(data)));
    from.on('end', () => this.#later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => this.#later(() => to.destroySoon()));
  }

  #later(pass: () => void): void {
    this.#chunks.push({ due: performance.now() + this.delay, pass });
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#wait();
    }
  }

  #wait(): void {
    const [next] = this.#chunks;
    if (!next) {
      this.#isWaiting = false;
      return;
    }
    const left = next.due - performance.now() - TIMER_ERROR;
    if (left >= 1) {
      setTimeout(() => this.#passDue(), left);
    } else {
      // Around and around, while data still comes in: more exact than any timer.
      setImmediate(() => this.#passDue());
    }
  }

  #passDue(): void {
    const now = performance.now();
    const notDue = this.#chunks.findIndex(({ due }) => due > now);
    this.#chunks.splice(0, notDue < 0 ? this.#chunks.length : notDue).forEach(({ pass }) => pass());
    this.#wait();
  }
}
