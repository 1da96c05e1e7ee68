import type { IncomingHttpHeaders } from 'node:http';

/** Longer than Heroku's router waits for anything: what claims to have waited longer has a broken header. */
const LONGEST_QUEUE_TIME = 60_000;

/** Heroku's form since 2012, and by far the most frequent one: epoch milliseconds. */
const MILLISECONDS = /^\d{13}$/;

/** Digits with an optional fraction, after nginx's and Apache's `t=`; of a repeated header, the first one. */
const TIME = /^\s*(?:t=)?(\d{10,20}(?:\.\d{1,9})?)\s*(?:,|$)/;

/**
 * Milliseconds that a request waited between the router and this process, as a whole number of 0 or more; `undefined`
 * where its headers do not tell. The unit of the header is told by its magnitude.
 *
 * @param headers - as Node parsed them; `X-Queue-Start` is the older name of `X-Request-Start`
 * @param now - epoch milliseconds
 */
export function requestQueueTime(headers: IncomingHttpHeaders, now: number): number | undefined {
  const start = startOf(headers['x-request-start']) ?? startOf(headers['x-queue-start']);
  if (start === undefined) {
    return undefined;
  }
  const queueTime = Math.round(now - start);
  if (queueTime > LONGEST_QUEUE_TIME) {
    return undefined;
  }
  // The router's clock may be ahead of ours.
  return queueTime > 0 ? queueTime : 0;
}

function startOf(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') {
    return undefined;
  }
  const text = MILLISECONDS.test(header) ? header : TIME.exec(header)?.[1];
  return text === undefined ? undefined : inMilliseconds(Number(text));
}

function inMilliseconds(time: number): number | undefined {
  if (time < 1e9) {
    return undefined;
  }
  if (time < 1e11) {
    return time * 1e3;
  }
  if (time < 1e14) {
    return time;
  }
  return time < 1e17 ? time / 1e3 : time / 1e6;
}
