/** What went wrong with a Redis, in words that HireFire may be told: the cause, and where there is one the cure. */
import { MeasureFailure } from '../procs/measure-failure.js';
import { lastingNetworkCauses, PASSING_NETWORK_CAUSES } from '../procs/network-causes.js';

/** Waiting is in vain. By codes, and by the first word of what a Redis answers. */
const LASTING: Readonly<Record<string, string>> = {
  ...lastingNetworkCauses("Heroku's Redis needs it, tls: { rejectUnauthorized: false }"),
  EPROTO: 'it does not speak TLS as asked for: look at rediss: or redis: in its URL, and at the port',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: look at rediss: or redis: in its URL, and at the port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS: look at rediss: or redis: in its URL, and at the port',
  PROTOCOL: 'what answers is no Redis: look at the port',
  WRONGPASS: 'it refuses the user name or the password',
  NOAUTH: 'it asks for a password',
  NOPASSWORD: 'it has no password, but is given one',
  NOPERM: 'its user may not do that',
  MAXCLIENTS: 'it has as many clients as it takes (maxclients)',
};

const PASSING: Readonly<Record<string, string>> = {
  ...PASSING_NETWORK_CAUSES,
  ECONNRESET: 'it closes the connection: is it a Redis, and does it want TLS (rediss:)?',
  EPIPE: 'it closes the connection: is it a Redis, and does it want TLS (rediss:)?',
  LOADING: 'it is loading its data',
  MASTERDOWN: 'it is a replica without its master',
  CLUSTERDOWN: 'the Cluster is down',
  TRYAGAIN: 'the Cluster is moving a queue to another master',
  WRONGTYPE: 'a key of the queue has the wrong type',
  GARBAGE: 'an entry of the queue can not be understood',
  UNACKED: 'workers hold more unacknowledged messages than can be looked at',
  NOTSYNCED: 'it is a replica that is not in sync with its master',
};

const CAUSES = { ...PASSING, ...LASTING };

/** Whether the cause of an error will not pass by itself. */
export function isLasting(error: unknown): boolean {
  return codesOf(error).some((code) => code in LASTING);
}

/** Whether this package has words for the cause of an error. */
export function isTelling(error: unknown): boolean {
  return codesOf(error).some((code) => code in CAUSES);
}

/** @param what - what could not be done, to be followed by its cause */
export function redisFailure(what: string, error: unknown): MeasureFailure {
  const code = codesOf(error).find((one) => one in CAUSES);
  return new MeasureFailure(code === undefined ? what : `${what}: ${CAUSES[code]} (${code})`, { cause: error });
}

function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) {
    return [];
  }
  const { code, message, lastNodeError }: { code?: unknown; message?: unknown; lastNodeError?: unknown } = error;
  const text = typeof message === 'string' ? message : '';
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...(/\b[A-Z]{5,}\b/.exec(text)?.slice(0, 1) ?? []),
    ...(/^Protocol error|unknown RESP type/i.test(text) ? ['PROTOCOL'] : []),
    ...(text.includes('max number of clients') ? ['MAXCLIENTS'] : []),
    ...(/invalid password|invalid username/.test(text) ? ['WRONGPASS'] : []),
    ...(text.includes('without any password configured') ? ['NOPASSWORD'] : []),
    // What a Cluster says when none of its nodes could be asked.
    ...codesOf(lastNodeError),
  ];
}
