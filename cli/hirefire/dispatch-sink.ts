/** Receives the request queue times that an app dispatches, as HireFire's logdrain does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { TOKEN_HEADER } from '../../lib/hirefire.protocol.js';
import { close, listen } from '../io/loopback.js';
import { recordOf } from '../io/untrusted.js';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Older seconds are ignored. */
const MAX_AGE_S = 60;
/** The app has the same clock, but whole seconds. */
const MAX_AHEAD_S = 1;

export class DispatchSink {
  readonly #server = createServer((request, response) => void this.#take(request, response));

  /** @param onSamples - request queue times in milliseconds */
  constructor(
    private readonly token: string,
    private readonly onSamples: (samples: readonly number[]) => void,
  ) {}

  /** @returns its URL */
  async listen(): Promise<string> {
    return `http://127.0.0.1:${await listen(this.#server)}/`;
  }

  async close(): Promise<void> {
    await close(this.#server);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = await this.#statusFor(request).catch(() => 400);
    response.writeHead(status, { 'Content-Type': 'text/plain' }).end();
  }

  async #statusFor(request: IncomingMessage): Promise<number> {
    if (request.method !== 'POST') {
      return 405;
    }
    if (request.headers[TOKEN_HEADER] !== this.token) {
      return 401;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request) {
      if (chunk instanceof Buffer) {
        chunks.push(chunk);
        length += chunk.length;
      }
      if (length > MAX_BODY_BYTES) {
        return 413;
      }
    }
    const samples = samplesOf(Buffer.concat(chunks).toString('utf8'), Date.now() / 1000);
    if (samples === undefined) {
      return 400;
    }
    this.onSamples(samples);
    return 200;
  }
}

/**
 * Leaves out seconds that are too old or in the future.
 *
 * @returns the queue times; undefined unless the body has the form that agents send
 */
export function samplesOf(body: string, now: number): number[] | undefined {
  const seconds: unknown = JSON.parse(body);
  if (typeof seconds !== 'object' || seconds === null || Array.isArray(seconds)) {
    return undefined;
  }
  const samples: number[] = [];
  for (const [second, values] of Object.entries(recordOf(seconds))) {
    if (!/^\d+$/.test(second) || !Array.isArray(values) || !values.every(isQueueTime)) {
      return undefined;
    }
    const age = now - Number(second);
    if (age <= MAX_AGE_S + 1 && age >= -MAX_AHEAD_S) {
      samples.push(...values);
    }
  }
  return samples;
}

function isQueueTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
