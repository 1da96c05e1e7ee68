import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpHost } from '../http/http-host.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { HIREFIRE_URL } from '../hirefire.protocol.js';
import { QueueTimeCarriers } from './queue-time-carriers.js';
import { requestQueueTime } from './request-queue-time.js';

/** Measures the queue time of each request to the app's HTTP servers, and passes it to the carriers. */
@Injectable()
export class WebRequests {
  private endWatching: (() => void) | undefined;

  constructor(
    private readonly host: HttpHost,
    private readonly carriers: QueueTimeCarriers,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  /** Call once the HTTP server exists. Does nothing without the option `web`. */
  watch(): void {
    if (this.options.web === null || !this.host.isThere) {
      return;
    }
    this.carriers.choose();
    if (this.carriers.all.length === 0) {
      return;
    }
    this.endWatching = this.host.watchRequests(this.onRequest);
  }

  /** Ends the watch, and has the carriers deliver the rest. */
  async stop(): Promise<void> {
    this.endWatching?.();
    await Promise.all(this.carriers.all.map(async (carrier) => carrier.stop?.()));
  }

  private readonly onRequest = (request: IncomingMessage): void => {
    const now = Date.now();
    const queueTime = requestQueueTime(request.headers, now);
    // HireFire's own polls are not the traffic of the app's users.
    if (queueTime !== undefined && !HIREFIRE_URL.test(request.url ?? '')) {
      for (const carrier of this.carriers.all) {
        carrier.add(queueTime, now);
      }
    }
  };
}
