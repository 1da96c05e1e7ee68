/** Shared by the specs of this room: lines of the router log as numbers, raw HTTP, and apps that are closed after a test. */
import { afterEach, beforeEach, jest } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import type { HireFireModuleOptions } from '../../lib/index.js';

/** Everything that is measured goes to stdout, and nowhere else. */
export const LOG_ONLY: HireFireModuleOptions = { web: { log: true, dispatch: false } };

export interface RouterLines {
  /** The queue times logged since the last call, in order. */
  take(): Promise<number[]>;
}

/**
 * Keeps the lines of the router log from stdout, for each test of a file; whatever else is written there is let through,
 * and a line of another shape than the documented one fails the test.
 */
export function routerLines(): RouterLines {
  let text = '';
  beforeEach(() => {
    text = '';
    const { stdout } = process;
    const write = stdout.write.bind(stdout);
    jest.spyOn(stdout, 'write').mockImplementation((...args: Parameters<typeof write>) => {
      const [chunk] = args;
      if (typeof chunk === 'string' && chunk.includes('hirefire')) {
        text += chunk;
        args.forEach((arg) => typeof arg === 'function' && arg());
        return true;
      }
      return write(...args);
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return {
    take: async () => {
      // The app writes its lines once every observer has seen the requests at hand.
      await immediate();
      await immediate();
      const written = text;
      text = '';
      if (!/^(\[hirefire:router\] queue=\d+ms\n)*$/.test(written)) {
        throw new Error(`Not what Logplex is promised: ${JSON.stringify(written)}`);
      }
      return [...written.matchAll(/=(\d+)ms/g)].map(([, digits]) => Number(digits));
    },
  };
}

/** The headers of a request that the router got so many milliseconds ago. */
export const queuedFor = (milliseconds: number): { 'X-Request-Start': string } => ({
  'X-Request-Start': `${Date.now() - milliseconds}`,
});

/** A request as it goes over the wire, without a body. */
export const wireRequest = (line: string, headers: Readonly<Record<string, string>> = {}): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...Object.entries(headers).map((header) => header.join(': ')), '', ''].join(
    '\r\n',
  );

/** A connection to send anything over, and to read what comes until the server has ended it. */
export class RawConnection {
  readonly #answer: Promise<string>;

  private constructor(readonly socket: Socket) {
    this.#answer = new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    });
  }

  static to(port: number, host = '127.0.0.1'): RawConnection {
    return new RawConnection(connect(port, host));
  }

  /** @param text - its characters are sent as bytes */
  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Everything that the server has answered, once it has closed the connection. */
  answer(): Promise<string> {
    return this.#answer;
  }
}

/** The status of each answer on a connection. */
export const statusesOf = (answer: string): number[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

export interface Closable {
  close(): unknown;
}

/** Closes what a test has opened, the last first. */
export function closingAfterEach(): <T extends Closable>(resource: T) => T {
  const open: Closable[] = [];
  afterEach(async () => {
    for (const resource of open.splice(0).reverse()) {
      await resource.close();
    }
  });
  return (resource) => {
    open.push(resource);
    return resource;
  };
}
