import { AsyncResource } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { isNativeError } from 'node:util/types';
import { Logger } from '@nestjs/common';
import { DISPATCH_SETTINGS, RESOURCE, RESOURCE_HEADER, TOKEN_HEADER } from '../hirefire.protocol.js';
import { OutageLog } from '../hirefire.outage-log.js';
import { Poster, type PostAnswer } from './post.js';
import { QueueTimeBuffer, type Batch } from './queue-time-buffer.js';
import type { QueueTimeCarrier } from './queue-time-carriers.js';

export interface DispatcherOptions {
  readonly url: URL;
  readonly token: string;
  /** Whether to log what is sent. */
  readonly isVerbose: boolean;
}

interface Failure {
  /** The same as long as the message would tell nothing new. */
  readonly cause: string;
  readonly message: string;
}

/** Milliseconds that stopping may take in all, and the part of it that a POST under way is given. */
const MAX_STOP = 10_000;
const MAX_WAIT_FOR_POST = 5_000;

/** Seconds between two POSTs while they fail, unless HireFire asks for a longer interval. */
const MAX_BACK_OFF = 30;

const SECONDS = /^\d{1,9}(\.\d{1,9})?$/;

/** What the owner of the app can do about an answer that does not change by itself. */
const CURES: Readonly<Record<number, string>> = {
  401: 'Set HIREFIRE_TOKEN to the token that HireFire shows for this app.',
  403: 'Set HIREFIRE_TOKEN to the token that HireFire shows for this app.',
  404: 'Correct the option "url" of "web" or HIREFIRE_DISPATCH_URL, or leave both out.',
};

/**
 * Sends request queue times to HireFire: an interval after the first of them, and again an interval after each POST has
 * ended while there are more, so that never two are under way. What could not be sent goes with the next POST.
 */
export class Dispatcher implements QueueTimeCarrier {
  readonly #logger = new Logger('HireFire');
  readonly #poster: Poster;
  readonly #buffer: QueueTimeBuffer;
  #interval = 1;
  #timeout = 5;
  #ttl = 60;
  /** That of the module's start, so that no POST runs in the trace of a user's request. */
  readonly #context = new AsyncResource('HireFireDispatcher');
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #isSampling = false;
  /** POSTs that have failed since the last that did not. */
  #failures = 0;
  readonly #outage: OutageLog;

  constructor(private readonly options: DispatcherOptions) {
    this.#outage = new OutageLog(
      this.#logger,
      `Request queue times could not be sent to ${options.url.host}`,
      'Request queue times can be sent to HireFire again.',
    );
    this.#poster = new Poster(options.url);
    this.#buffer = new QueueTimeBuffer(this.#ttl, (maxPerSecond) => this.#saySampling(maxPerSecond));
  }

  /**
   * @param queueTime - milliseconds
   * @param now - epoch milliseconds
   */
  add(queueTime: number, now: number): void {
    this.#buffer.add(queueTime, now);
    if (this.#timer === undefined && this.#sending === undefined) {
      this.#context.runInAsyncScope(() => this.#arm());
    }
  }

  /** Sends what is left, once; takes 10 seconds at most. */
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

  /** Seconds until the next POST: from the second failure in a row on, twice as long after each, but no sample gets too old by it. */
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

  /** @returns why HireFire did not take it; `undefined` when it did */
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
    // What waits for its first POST is not too old yet.
    this.#buffer.ttl = Math.max(this.#ttl, 2 * this.#interval);
  }

  #saySampling(maxPerSecond: number): void {
    if (!this.#isSampling) {
      this.#isSampling = true;
      this.#logger.warn(
        `More than ${maxPerSecond} requests in a second: of such seconds, HireFire is sent a uniform sample of ` +
          `${maxPerSecond} request queue times.`,
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
  // Not instanceof, which knows no errors of Node in an app that Jest runs.
  const message = isNativeError(error) ? error.message : '';
  const code = isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : message;
  // Node's attempts to connect to several addresses at once have a code only.
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

/** Waits with a timer that keeps the process alive, which a POST does not. */
async function endWithin(work: Promise<void>, timeout: number, end: () => void): Promise<void> {
  const timer = setTimeout(end, timeout);
  try {
    await work;
  } finally {
    clearTimeout(timer);
  }
}
