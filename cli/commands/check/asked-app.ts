/** The app that is checked: its endpoints, each asked in one line. */
import { TOKEN_HEADER } from '../../../lib/hirefire.protocol.js';
import { ask, AskError, MAX_ANSWER_MS, type Answer } from '../../hirefire/ask.js';
import { endpointsOf } from '../../hirefire/base-url.js';

/** An {@link AskError} is a question that got no whole answer. */
export type Outcome = Answer | AskError;

/** How an agent is given the token. */
export type Way = 'header' | 'path';

export class AskedApp {
  constructor(
    readonly base: URL,
    readonly token: string,
    /** Milliseconds after which any request ends. */
    private readonly timeoutMs = MAX_ANSWER_MS,
  ) {}

  test(base = this.base): Promise<Outcome> {
    return this.#ask(endpointsOf(base, this.token).test);
  }

  /** @param token - another than the app's, or `''` for none */
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
