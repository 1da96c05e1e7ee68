import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpHost } from '../http/http-host.js';
import { ServerWatch } from '../http/server-watch.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { DEVELOPMENT_TOKEN, HIREFIRE_PATH } from '../hirefire.protocol.js';
import { Dispatcher } from './dispatcher.js';
import { requestQueueTime } from './request-queue-time.js';
import { RouterLog } from './router-log.js';

/** In any case, as Express routes it; behind a proxy's scheme and host; behind the second slash of a base URL with one. */
const OUR_URL = new RegExp(`^(?:https?://[^/?]*)?/+${HIREFIRE_PATH}(?:[/?]|$)`, 'i');

/** Measures the request queue time of whatever reaches the app's HTTP server, and hands it to the carriers chosen. */
@Injectable()
export class WebRequests {
  readonly #watches: ServerWatch[] = [];
  readonly #upgrades = new WeakSet<IncomingMessage>();
  #endWatching: (() => void) | undefined;
  #dispatcher: Dispatcher | undefined;
  #log: RouterLog | undefined;

  constructor(
    private readonly host: HttpHost,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  /** To be called once the HTTP server exists; watches nothing where the option `web` is off. */
  watch(): void {
    const { web, token } = this.options;
    if (web === null || !this.host.isThere) {
      return;
    }
    this.#log = web.log ? new RouterLog() : undefined;
    if (web.dispatch) {
      if (token === null || token === DEVELOPMENT_TOKEN) {
        new Logger('HireFire').warn(
          'No token, so request queue times are not sent to HireFire: set HIREFIRE_TOKEN to the token that HireFire ' +
            'shows for this app.',
        );
      } else {
        this.#dispatcher = new Dispatcher({ url: web.url, token, isVerbose: web.isVerbose });
      }
    }
    if (this.#log || this.#dispatcher) {
      this.#endWatching = this.host.watchServers((server) => {
        this.#watches.push(new ServerWatch(server, this.#onRequest, this.#onUpgrade));
      });
    }
  }

  /** Watches no longer, and sends what has been measured. */
  async stop(): Promise<void> {
    this.#endWatching?.();
    this.#watches.splice(0).forEach((watch) => watch.end());
    this.#log?.flush();
    await this.#dispatcher?.stop();
  }

  readonly #onRequest = (request: IncomingMessage): void => {
    const now = Date.now();
    const queueTime = requestQueueTime(request.headers, now);
    if (queueTime !== undefined && !isOurs(request.url)) {
      this.#dispatcher?.add(queueTime, now);
      this.#log?.add(queueTime);
    }
  };

  // Fastify's further servers hand theirs on to the first one.
  readonly #onUpgrade = (request: IncomingMessage): void => {
    if (!this.#upgrades.has(request)) {
      this.#upgrades.add(request);
      this.#onRequest(request);
    }
  };
}

/** HireFire's own polls are no traffic of the app's users. */
function isOurs(url: string | undefined): boolean {
  return url !== undefined && OUR_URL.test(url);
}
