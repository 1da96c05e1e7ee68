import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpHost } from '../http/http-host.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { HIREFIRE_URL } from '../hirefire.protocol.js';
import { QueueTimeCarriers } from './queue-time-carriers.js';
import { requestQueueTime } from './request-queue-time.js';

/** Measures the request queue time of whatever reaches the app's HTTP server, and hands it to the carriers. */
@Injectable()
export class WebRequests {
  private endWatching: (() => void) | undefined;

  constructor(
    private readonly host: HttpHost,
    private readonly carriers: QueueTimeCarriers,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  /** To be called once the HTTP server exists; watches nothing where the option `web` is off. */
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

  /** Watches no longer, and lets the carriers hand over what has been measured. */
  async stop(): Promise<void> {
    this.endWatching?.();
    await Promise.all(this.carriers.all.map(async (carrier) => carrier.stop?.()));
  }

  private readonly onRequest = (request: IncomingMessage): void => {
    const now = Date.now();
    const queueTime = requestQueueTime(request.headers, now);
    if (queueTime !== undefined && !isOurs(request.url)) {
      for (const carrier of this.carriers.all) {
        carrier.add(queueTime, now);
      }
    }
  };
}

/** HireFire's own polls are no traffic of the app's users. */
function isOurs(url: string | undefined): boolean {
  return url !== undefined && HIREFIRE_URL.test(url);
}
