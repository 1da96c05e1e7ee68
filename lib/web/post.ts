import * as http from 'node:http';
import * as https from 'node:https';

/** Bytes; a longer answer ends the connection. */
const MAX_ANSWER_LENGTH = 64 * 1024;

export interface PostAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
}

/**
 * Posts to one URL over one connection, which is kept between posts. It follows no redirect, which could carry the token elsewhere,
 * and does not keep the process alive.
 */
export class Poster {
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;

  constructor(private readonly url: URL) {
    const { Agent, request } = url.protocol === 'https:' ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#request = request;
  }

  /**
   * Resolves when the answer has ended. An answer counts as soon as its head has arrived, even if its body fails: the server has
   * decided by then.
   *
   * @param timeout - milliseconds for the request and the whole answer
   * @throws if the head did not arrive in time
   */
  post(headers: Readonly<Record<string, string>>, body: string, timeout: number): Promise<PostAnswer> {
    return new Promise((resolve, reject) => {
      const request = this.#request(this.url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      });
      const deadline = setTimeout(() => {
        request.destroy(new Error(`no answer within ${timeout / 1000} s`));
      }, timeout);
      deadline.unref();

      let answer: PostAnswer | undefined;
      let failure = new Error('the connection was closed without an answer');
      request.on('socket', (socket) => socket.unref());
      request.on('response', (response) => {
        answer = { status: response.statusCode ?? 0, headers: response.headers };
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_ANSWER_LENGTH) {
            request.destroy();
          }
        });
        // The head has arrived, and counts.
        response.on('error', () => undefined);
      });
      request.on('error', (error) => {
        failure = error;
      });
      request.on('close', () => {
        clearTimeout(deadline);
        if (answer) {
          resolve(answer);
        } else {
          reject(failure);
        }
      });
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
