import { AsyncResource } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { isNativeError } from 'node:util/types';
import { Logger } from '@nestjs/common';
import { DISPATCH_SETTINGS, RESOURCE, RESOURCE_HEADER, TOKEN_HEADER } from '../hirefire.protocol.js';
import { stringOf } from '../hirefire.unknown.js';
import { OutageLog } from '../hirefire.outage-log.js';
import { Poster, type PostAnswer } from './post.js';
import { QueueTimeBuffer, type Batch } from './queue-time-buffer.js';
import type { QueueTimeCarrier } from './web-requests.js';

interface Failure {
  /** Identifies the cause where messages of one cause differ. */
  readonly cause: string;
  readonly message: string;
}

/** Milliseconds that stopping may take in all, and the part of them for a POST under way. */
const MAX_STOP = 10_000;
const MAX_WAIT_FOR_POST = 5_000;

/** Seconds between two POSTs while they fail, unless HireFire asks for a longer interval. */
const MAX_BACK_OFF = 30;

const SECONDS = /^\d{1,9}(\.\d{1,9})?$/;

/** Cures for answers that do not change by themselves. */
const CURES: Readonly<Record<number, string>> = {
  401: 'Set HIREFIRE_TOKEN to the token that HireFire shows for this app.',
  403: 'Set HIREFIRE_TOKEN to the token that HireFire shows for this app.',
  404: 'Correct the option "url" of "web" or HIREFIRE_DISPATCH_URL, or leave both out.',
};

/**
 * Sends request queue times to HireFire: one interval after the first of them, then one interval after the end of each POST while
 * there are more. There is never more than one POST under way; the times of a failed one go with the next.
 */
export class Dispatcher implements QueueTimeCarrier {
  readonly #logger = new Logger('HireFire');
  readonly #poster: Poster;
  readonly #buffer: QueueTimeBuffer;
  #interval = 1;
  #timeout = 5;
  #ttl = 60;
  /** The context of the module's start: a POST must not run in the trace of a user's request. */
  readonly #context = new AsyncResource('HireFireDispatcher');
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #isSampling = false;
  /** POSTs that failed in a row. */
  #failures = 0;
  readonly #outage: OutageLog;

  /** @param options - `isVerbose` logs each POST */
  constructor(private readonly options: { readonly url: URL; readonly token: string; readonly isVerbose: boolean }) {
    this.#outage = new OutageLog(
      this.#logger,
      `Request queue times could not be sent to ${options.url.host}`,
      'Request queue times can be sent to HireFire again.',
    );
    this.#poster = new Poster(options.url);
    this.#buffer = new QueueTimeBuffer(this.#ttl, (maxPerSecond) => this.#reportSampling(maxPerSecond));
  }

  add(queueTime: number, now: number): void {
    this.#buffer.add(queueTime, now);
    if (this.#timer === undefined && this.#sending === undefined) {
      this.#context.runInAsyncScope(() => this.#arm());
    }
  }

  /** Sends the rest, once; takes 10 seconds at most. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    const end = performance.now() + MAX_STOP;
    if (this.#sending) {
      await endWithin(this.#sending, MAX_WAIT_FOR_POST, () => this.#poster.close());
    }
    await endWithin(this.#send(), end - performance.now(), () => this.#poster.close());
    this.#poster.close();
    const lost = this.#buffer.take().size;
    if (lost > 0) {
      this.#logger.warn(`The app was closed before HireFire took its last request queue times; lost: ${lost}.`);
    }
  }

  #arm(): void {
    if (this.#stopping) {
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
        if (!this.#buffer.isEmpty) {
          this.#arm();
        }
      });
    }, this.#pause * 1000);
    this.#timer.unref();
  }

  /** Seconds until the next POST: doubled by each failure in a row after the first, within the age that samples may reach. */
  get #pause(): number {
    const backOff = Math.min(this.#interval * 2 ** Math.max(this.#failures - 1, 0), MAX_BACK_OFF, this.#ttl / 2);
    return Math.max(this.#interval, backOff);
  }

  async #send(): Promise<void> {
    const batch = this.#buffer.take();
    if (batch.isEmpty) {
      return;
    }
    const failure = await this.#post(batch);
    if (failure === undefined) {
      this.#failures = 0;
      this.#outage.succeeded();
    } else {
      this.#failures += 1;
      this.#buffer.putBack(batch);
      this.#outage.failed(failure.message, failure.cause);
    }
  }

  /** @returns why HireFire did not take the batch; `undefined` if it did */
  async #post(batch: Batch): Promise<Failure | undefined> {
    const { token, isVerbose } = this.options;
    const body = JSON.stringify(batch.bySecond);
    if (isVerbose) {
      this.#logger.log(`Sending request queue times: ${body}`);
    }
    const headers = { 'Content-Type': 'application/json', [TOKEN_HEADER]: token, [RESOURCE_HEADER]: RESOURCE };
    try {
      const answer = await this.#poster.post(headers, body, this.#timeout * 1000);
      this.#adopt(answer.headers);
      return failureOf(answer);
    } catch (error) {
      return failureOfConnection(error);
    }
  }

  #adopt(headers: IncomingHttpHeaders): void {
    this.#interval = setting(headers, 'interval') ?? this.#interval;
    this.#timeout = setting(headers, 'timeout') ?? this.#timeout;
    this.#ttl = setting(headers, 'ttl') ?? this.#ttl;
    // Samples that wait for their first POST are not too old.
    this.#buffer.ttl = Math.max(this.#ttl, 2 * this.#interval);
  }

  #reportSampling(maxPerSecond: number): void {
    if (!this.#isSampling) {
      this.#isSampling = true;
      this.#logger.warn(
        `More than ${maxPerSecond} requests in a second: HireFire gets a uniform sample of ${maxPerSecond} request queue times ` +
          `of each such second.`,
      );
    }
  }
}

function failureOf({ status }: PostAnswer): Failure | undefined {
  if (status >= 200 && status < 300) {
    return undefined;
  }
  const cure = CURES[status];
  return { cause: `${status}`, message: `it answered ${status}.${cure === undefined ? '' : ` ${cure}`}` };
}

function failureOfConnection(error: unknown): Failure {
  // Not instanceof, which fails for Node's errors in an app that Jest runs.
  const message = isNativeError(error) ? error.message : '';
  const code = stringOf(error, 'code') ?? message;
  // Node's attempts to connect to several addresses have no message, only a code.
  return { cause: code, message: message === '' ? code : message };
}

function setting(headers: IncomingHttpHeaders, name: keyof typeof DISPATCH_SETTINGS): number | undefined {
  const { headers: names, min, max } = DISPATCH_SETTINGS[name];
  const text = names.map((one) => headers[one]).find(isSeconds);
  return text === undefined ? undefined : Math.min(Math.max(Number(text), min), max);
}

function isSeconds(header: string | string[] | undefined): header is string {
  return typeof header === 'string' && SECONDS.test(header);
}

/** Waits with a timer, because a POST does not keep the process alive. */
async function endWithin(work: Promise<void>, timeout: number, end: () => void): Promise<void> {
  const timer = setTimeout(end, timeout);
  try {
    await work;
  } finally {
    clearTimeout(timer);
  }
}
