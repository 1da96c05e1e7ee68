import { Inject, Injectable, Logger } from '@nestjs/common';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { DEVELOPMENT_TOKEN } from '../hirefire.protocol.js';
import { Dispatcher } from './dispatcher.js';
import { RouterLog } from './router-log.js';

/** Carries request queue times to a reader: to HireFire by a POST, to Logplex by a log line, or to another provider. */
export interface QueueTimeCarrier {
  /**
   * @param queueTime - milliseconds
   * @param now - epoch milliseconds
   */
  add(queueTime: number, now: number): void;
  /** Delivers the rest. */
  stop?(): Promise<void> | void;
}

/** The carriers of an app: those that the options choose, and those that other providers add before it listens. */
@Injectable()
export class QueueTimeCarriers {
  readonly all: QueueTimeCarrier[] = [];

  constructor(@Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions) {}

  /** Whether request queue times are measured. */
  get areFed(): boolean {
    return this.options.web !== null;
  }

  /** Adds the carriers that the option `web` chooses. */
  choose(): void {
    const { web, token } = this.options;
    if (web?.log) {
      this.all.push(new RouterLog());
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
      this.all.push(new Dispatcher({ url: web.url, token, isVerbose: web.isVerbose }));
    }
  }
}
