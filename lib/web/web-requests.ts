import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { servesHttp } from '../hirefire.http.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { DEVELOPMENT_TOKEN, HIREFIRE_PATH } from '../hirefire.protocol.js';
import { Dispatcher } from './dispatcher.js';
import { requestQueueTime } from './request-queue-time.js';
import { RouterLog } from './router-log.js';
import { serversOf } from './http-servers.js';

const OUR_PATH = `/${HIREFIRE_PATH}`;

/** Measures the request queue time of whatever reaches the app's HTTP server, and hands it to the carriers chosen. */
@Injectable()
export class WebRequests {
  readonly #watches: ServerWatch[] = [];
  #dispatcher: Dispatcher | undefined;
  #log: RouterLog | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  /** To be called once the HTTP server exists; watches nothing where the option `web` is off. */
  watch(): void {
    const { web, token } = this.options;
    if (web === null || !servesHttp(this.adapterHost)) {
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
      serversOf(this.adapterHost.httpAdapter, (server) => {
        this.#watches.push(new ServerWatch(server, this.#onRequest));
      });
    }
  }

  /** Watches no longer, and sends what has been measured. */
  async stop(): Promise<void> {
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
}

/** HireFire's own polls are no traffic of the app's users. */
function isOurs(url: string | undefined): boolean {
  if (!url?.startsWith(OUR_PATH)) {
    return false;
  }
  const next = url[OUR_PATH.length];
  return next === undefined || next === '/' || next === '?';
}

/** Sees every request of one server before anybody else does. */
class ServerWatch {
  constructor(
    private readonly server: EventEmitter,
    private readonly onRequest: (request: IncomingMessage) => void,
  ) {
    server.prependListener('request', onRequest);
    if (server.listenerCount('upgrade') > 0) {
      server.prependListener('upgrade', onRequest);
    }
    server.on('newListener', this.#onNewListener);
    server.on('removeListener', this.#onRemoveListener);
  }

  end(): void {
    this.server.off('newListener', this.#onNewListener);
    this.server.off('removeListener', this.#onRemoveListener);
    this.server.off('request', this.onRequest);
    this.server.off('upgrade', this.onRequest);
  }

  // A server without any listener for upgrades answers them as plain requests: ours alone would leave them hanging.
  readonly #onNewListener = (event: string | symbol, listener: unknown): void => {
    if (event === 'upgrade' && listener !== this.onRequest && this.server.listenerCount('upgrade') === 0) {
      this.server.prependListener('upgrade', this.onRequest);
    }
  };

  readonly #onRemoveListener = (event: string | symbol): void => {
    if (event === 'upgrade' && this.server.listeners('upgrade').every((listener) => listener === this.onRequest)) {
      this.server.off('upgrade', this.onRequest);
    }
  };
}
