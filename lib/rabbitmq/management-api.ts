import * as http from 'node:http';
import * as https from 'node:https';
import { unescape } from 'node:querystring';
import { isArray, propertyOf, safely, stringOf } from '../hirefire.unknown.js';
import type { Question, QueueReading } from '../procs/backend.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { Causes, networkCauses } from '../procs/network-causes.js';

/** Characters to read of an answer: enough for some 200,000 queues. */
const MAX_ANSWER = 16 * 1024 * 1024;

/** Asks the queues themselves, on servers that support it: the statistics can be 10 s old. */
const QUERY = 'disable_stats=true&enable_queue_totals=true&columns=name,type,messages_ready,messages_unacknowledged';

/** The server closed the kept connection just when a request was sent. */
const STALE = failure('closes its connections');

const CAUSES = new Causes(networkCauses('management API', ['https:', 'http:']), {}, {}, () => []);

type HttpResponse = Readonly<Record<'body', string> & Record<'status', number>>;

/** Asks RabbitMQ's management API about one vhost, over one connection, which is kept. */
export class ManagementApi {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: http.Agent;
  readonly #get: typeof http.get;

  /** @param url - http: or https:, with user and password in it */
  constructor(
    url: URL,
    private readonly vhost: string,
  ) {
    const { Agent, get } = url.protocol === 'https:' ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#get = get;
    // Leaves a % as it is where it escapes nothing.
    const credentials = `${unescape(url.username)}:${unescape(url.password)}`;
    this.#headers = {
      Accept: 'application/json',
      Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    };
    const base = url.pathname.replace(/\/(?:api\/?)?$/, '');
    this.#url = new URL(`${url.origin}${base}/api/queues/${encodeURIComponent(vhost)}?${QUERY}`);
  }

  /** Reads all queues of the vhost by one request; resolves to a reading or a failure for each of `queues`. */
  async read(queues: readonly string[], question: Question): Promise<readonly (QueueReading | Error)[]> {
    const { status, body } = await this.#ask(question);
    const found = new Map(this.#listOf(status, body).map((entry) => [propertyOf(entry, 'name'), entry]));
    return queues.map((queue) => {
      if (!found.has(queue)) {
        return new MeasureFailure(
          `RabbitMQ has no queue "${queue}" in the vhost "${this.vhost}": assert it before the first poll, or correct its name`,
        );
      }
      if (propertyOf(found.get(queue), 'type') === 'stream') {
        return new MeasureFailure(
          `the queue "${queue}" of RabbitMQ is a stream, which keeps messages that are done: use a quorum queue, or measure the ` +
            "stream's lag in a proc of your own",
        );
      }
      const [ready, active] = ['messages_ready', 'messages_unacknowledged'].map((key) =>
        propertyOf(found.get(queue), key),
      );
      // A queue that is new, or whose node is down, has none.
      return typeof ready === 'number' && typeof active === 'number'
        ? { ready, active }
        : failure(`has no counts of the queue "${queue}"`);
    });
  }

  #listOf(status: number, body: string): readonly unknown[] {
    const list = status === 200 ? safely((): unknown => JSON.parse(body)) : undefined;
    if (isArray(list)) {
      return list;
    }
    switch (status) {
      case 200:
        throw failure('gave no list of queues: is its URL right?');
      case 401:
        throw failure(`refuses its user: give the user the tag "management" and the vhost "${this.vhost}"`);
      case 404:
        throw failure(`has no vhost "${this.vhost}", or its URL is wrong`);
      default:
        throw failure(
          `answered with status ${status}${status < 400 ? ': is its URL right, with its http: or https:?' : ''}`,
        );
    }
  }

  async #ask({ signal, timeout }: Question): Promise<HttpResponse> {
    try {
      return await this.#askOnce(signal).catch((error: unknown) => {
        if (error === STALE) {
          return this.#askOnce(signal);
        }
        throw error;
      });
    } catch (error) {
      const code = stringOf(error, 'code');
      if (signal.aborted) {
        throw failure(`did not answer within ${timeout} ms`);
      }
      throw error instanceof MeasureFailure || code === undefined
        ? error
        : CAUSES.isKnown(error)
          ? CAUSES.failure("RabbitMQ's management API can't be reached", error)
          : new MeasureFailure(`RabbitMQ's management API can't be reached: ${code}`, { cause: error });
    }
  }

  #askOnce(signal: AbortSignal): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const request = this.#get(this.#url, { agent: this.#agent, headers: this.#headers, signal });
      request.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
          if (body.length > MAX_ANSWER) {
            request.destroy(failure('gave too long an answer'));
          }
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
      // It closes without a response or an error where a server switches to another protocol.
      request.on('upgrade', ({ statusCode = 101 }, socket) => {
        socket.destroy();
        resolve({ status: statusCode, body: '' });
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ECONNRESET' && request.reusedSocket ? STALE : error);
      });
    });
  }
}

function failure(fault: string): MeasureFailure {
  return new MeasureFailure(`RabbitMQ's management API ${fault}`);
}
