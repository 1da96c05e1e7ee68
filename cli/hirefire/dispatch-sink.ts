/** Takes the request queue times that an app dispatches, as HireFire's logdrain does. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { TOKEN_HEADER } from '../../lib/hirefire.protocol.js';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Seconds older than this are refused. */
const MAX_AGE_S = 60;
/** An app's clock is ours, but its seconds are cut. */
const MAX_AHEAD_S = 1;

export class DispatchSink {
  readonly #server = createServer((request, response) => void this.#take(request, response));

  /** @param onSamples - request queue times in milliseconds */
  constructor(
    private readonly token: string,
    private readonly onSamples: (samples: readonly number[]) => void,
  ) {}

  /** Its URL. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;
  }

  async close(): Promise<void> {
    if (this.#server.listening) {
      const closed = once(this.#server, 'close');
      this.#server.close();
      this.#server.closeAllConnections();
      await closed;
    }
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

/** The queue times of seconds that are neither too old nor to come; undefined for what is not what agents send. */
export function samplesOf(body: string, now: number): number[] | undefined {
  const seconds: unknown = JSON.parse(body);
  if (typeof seconds !== 'object' || seconds === null || Array.isArray(seconds)) {
    return undefined;
  }
  const samples: number[] = [];
  for (const [second, values] of Object.entries(seconds as Readonly<Record<string, unknown>>)) {
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
