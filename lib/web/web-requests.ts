import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpHost } from '../http/http-host.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { DEVELOPMENT_TOKEN, HIREFIRE_URL } from '../hirefire.protocol.js';
import { Dispatcher } from './dispatcher.js';
import { requestQueueTime } from './request-queue-time.js';
import { RouterLog } from './router-log.js';

/** Carries request queue times to a reader: to HireFire by a POST, to Logplex by a log line, or to another provider. */
export interface QueueTimeCarrier {
  /** The queue time and the epoch time are in milliseconds. */
  add(queueTime: number, now: number): void;
  /** Delivers the rest. */
  stop?(): Promise<void> | void;
}

/** Measures the queue time of each request to the app's HTTP servers, and passes it to the carriers. */
@Injectable()
export class WebRequests {
  /** Those that the options choose, and those that other providers add before the app listens. */
  readonly carriers: QueueTimeCarrier[] = [];
  private endWatching: (() => void) | undefined;

  constructor(
    private readonly host: HttpHost,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  get areMeasured(): boolean {
    return this.options.web !== null;
  }

  /** Call once the HTTP server exists. Does nothing without the option `web`. */
  watch(): void {
    if (!this.areMeasured || !this.host.isThere) {
      return;
    }
    this.addChosenCarriers();
    if (this.carriers.length > 0) {
      this.endWatching = this.host.watchRequests(this.onRequest);
    }
  }

  /** Ends the watch, and has the carriers deliver the rest. */
  async stop(): Promise<void> {
    this.endWatching?.();
    await Promise.all(this.carriers.map(async (carrier) => carrier.stop?.()));
  }

  private addChosenCarriers(): void {
    const { web, token } = this.options;
    if (web?.log) {
      this.carriers.push(new RouterLog());
    }
    if (!web?.dispatch || web.isOneOffDyno) {
      return;
    }
    if (token === null || token === DEVELOPMENT_TOKEN) {
      new Logger('HireFire').warn(
        'No token is set, so request queue times are not sent to HireFire. Set HIREFIRE_TOKEN to the token that HireFire ' +
          'shows for this app.',
      );
    } else {
      this.carriers.push(new Dispatcher({ url: web.url, token, isVerbose: web.isVerbose }));
    }
  }

  private readonly onRequest = (request: IncomingMessage): void => {
    const now = Date.now();
    const queueTime = requestQueueTime(request.headers, now);
    // HireFire's own polls are not the traffic of the app's users.
    if (queueTime !== undefined && !HIREFIRE_URL.test(request.url ?? '')) {
      this.carriers.forEach((carrier) => carrier.add(queueTime, now));
    }
  };
}
