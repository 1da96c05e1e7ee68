/** The reasons why a request failed: each with its error codes, its message and its cure. */
import { codeOf, messageOf } from '../io/errors.js';

const HEROKU = "Heroku's router ends every request after 30 s with a 503 (H12)";

interface Failure<Kind extends string> {
  readonly kind: Kind;
  readonly codes?: RegExp;
  readonly message?: (url: URL, code: string) => string;
  readonly cure: string;
}

const CUT_OFF = 'the connection was closed in the middle of the answer';

/** The first one whose codes match is the reason. */
const FAILURES = asKinds([
  {
    kind: 'dns',
    codes: /^(?:ENOTFOUND|EAI_\w+)$/,
    message: ({ hostname }) => `DNS does not know the name ${hostname}`,
    cure: 'check the host name of the URL',
  },
  {
    kind: 'refused',
    codes: /^ECONNREFUSED$/,
    message: ({ host }) => `nothing listens at ${host}: the connection was refused`,
    cure: 'start the app, or check the port of the URL',
  },
  {
    kind: 'unreachable',
    codes: /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT|EADDRNOTAVAIL|EINVAL)$/,
    message: ({ host }) => `${host} can't be reached`,
    cure: 'check the address and the network',
  },
  {
    kind: 'closed',
    codes: /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/,
    message: () => 'the connection was closed without an answer',
    cure: "see the app's log, and whether the port speaks http or https",
  },
  {
    kind: 'timeout',
    cure: `see what the app waits for: ${HEROKU}`,
  },
  {
    kind: 'tls-self-signed',
    codes: /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/,
    message: () => 'the certificate is self-signed',
    cure: 'give the app a certificate from a public authority, such as one by Heroku ACM',
  },
  {
    kind: 'tls-expired',
    codes: /^CERT_HAS_EXPIRED$/,
    message: () => 'the certificate has expired',
    cure: 'renew it, for example with heroku certs:auto:refresh',
  },
  {
    kind: 'tls-not-yet-valid',
    codes: /^CERT_NOT_YET_VALID$/,
    message: () => 'the certificate is not valid yet',
    cure: 'check the clock of this machine, and the certificate',
  },
  {
    kind: 'tls-name',
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    message: ({ hostname }) => `the certificate is for another name than ${hostname}`,
    cure: 'use a name that the certificate covers, or add the name to it',
  },
  {
    kind: 'tls-untrusted',
    codes: /^(?:UNABLE_TO_|CERT_|INVALID_|HOSTNAME_MISMATCH)/,
    message: () => 'no authority that this machine trusts signed the certificate',
    cure: 'let the server send the whole chain of its certificate',
  },
  {
    kind: 'tls-protocol',
    codes: /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/,
    message: () => 'the server does not speak TLS there',
    cure: 'check the port, or use http:',
  },
  {
    kind: 'cut-off',
    codes: /^HPE_INVALID_EOF_STATE$/,
    message: () => CUT_OFF,
    cure: "see the app's log, and any proxy in front of the app",
  },
  {
    kind: 'not-http',
    codes: /^HPE_/,
    message: (_, code) =>
      code === 'HPE_HEADER_OVERFLOW' ? 'the answer has more than 16 kB of headers' : 'the answer is not HTTP',
    cure: 'check the port: something else listens there',
  },
  {
    kind: 'too-large',
    cure: 'see which route answers there',
  },
  {
    kind: 'encoding',
    cure: 'see the proxy in front of the app',
  },
  {
    kind: 'aborted',
    cure: 'try again',
  },
  {
    kind: 'other',
    cure: 'check the URL',
  },
]);

/** Keeps the literal types of the kinds. */
function asKinds<const Kind extends string>(failures: readonly Failure<Kind>[]): readonly Failure<Kind>[] {
  return failures;
}

export type AskFailure = (typeof FAILURES)[number]['kind'];

export class AskError extends Error {
  override readonly name = 'AskError';

  constructor(
    readonly kind: AskFailure,
    message: string,
    /** Milliseconds until it failed. */
    readonly ms: number,
    /** True if an answer began. */
    readonly hasAnswered: boolean,
  ) {
    super(message);
  }

  get cure(): string {
    return FAILURES.find(({ kind }) => kind === this.kind)?.cure ?? '';
  }
}

/** @param hasStarted - whether an answer began */
export function reasonOf(error: unknown, url: URL, hasStarted: boolean): [kind: AskFailure, message: string] {
  const code = codeOf(error);
  const { kind, message } = FAILURES.find(({ codes }) => codes?.test(code)) ?? {};
  if (kind === undefined || message === undefined) {
    return ['other', messageOf(error)];
  }
  return kind === 'closed' && hasStarted ? ['cut-off', CUT_OFF] : [kind, message(url, code)];
}
