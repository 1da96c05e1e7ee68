/** Asks the endpoints of the app that is checked. */
import { TOKEN_HEADER } from '../../../lib/hirefire.protocol.js';
import { ask, MAX_ANSWER_MS, type HttpAnswer } from '../../hirefire/ask.js';
import { AskError } from '../../hirefire/ask-failures.js';
import { endpointsOf } from '../../hirefire/base-url.js';

/** An {@link AskError} if no complete answer came. */
export type Outcome = HttpAnswer | AskError;

/** The place of the token in a request. */
export type Way = 'header' | 'path';

export class AskedApp {
  constructor(
    readonly base: URL,
    readonly token: string,
    /** For each request, in milliseconds. */
    private readonly timeoutMs = MAX_ANSWER_MS,
  ) {}

  test(base = this.base): Promise<Outcome> {
    return this.#ask(endpointsOf(base, this.token).test);
  }

  /** @param token - another token, or `''` for none */
  info(way: Way, token = this.token, headers: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const { byHeader, byPath } = endpointsOf(this.base, token);
    return way === 'path'
      ? this.#ask(byPath, headers)
      : this.#ask(byHeader, token === '' ? headers : { ...headers, [TOKEN_HEADER]: token });
  }

  async #ask(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    try {
      return await ask(url, { headers, timeoutMs: this.timeoutMs });
    } catch (error) {
      if (error instanceof AskError) {
        return error;
      }
      throw error;
    }
  }
}
