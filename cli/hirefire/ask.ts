/** The HTTP client that asks as HireFire does: one GET, no redirect followed, bounded in time and size. */
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { codeOf, messageOf } from '../io/errors.js';

/** Heroku's router gives up after as long. */
export const MAX_ANSWER_MS = 30_000;
export const MAX_BODY_BYTES = 1_000_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds until the whole body was there. */
  readonly ms: number;
}

/** What kept an answer from coming, or from being whole. */
export type AskFailure =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'closed'
  | 'timeout'
  | 'tls-self-signed'
  | 'tls-expired'
  | 'tls-not-yet-valid'
  | 'tls-name'
  | 'tls-untrusted'
  | 'tls-protocol'
  | 'not-http'
  | 'cut-off'
  | 'too-large'
  | 'encoding'
  | 'aborted'
  | 'other';

export class AskError extends Error {
  override readonly name = 'AskError';

  constructor(
    readonly kind: AskFailure,
    message: string,
    /** Milliseconds that it took to fail. */
    readonly ms: number,
    /** Whether an answer began. */
    readonly hasAnswered: boolean,
  ) {
    super(message);
  }
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** @default MAX_ANSWER_MS */
  readonly timeoutMs?: number;
  /** Aborted: the request ends, as an AskError of the kind `aborted`. */
  readonly signal?: AbortSignal;
}

/** @throws AskError */
export async function ask(url: URL, options: AskOptions = {}): Promise<Answer> {
  const { headers = {}, timeoutMs = MAX_ANSWER_MS, signal } = options;
  const start = performance.now();
  let response: IncomingMessage | undefined;
  const fail: Fail = (kind, message) => new AskError(kind, message, performance.now() - start, response !== undefined);
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal?.addEventListener('abort', abort);
  try {
    if (signal?.aborted === true) {
      abort();
    }
    response = await responseTo(url, headers, controller.signal);
    const body = await bodyOf(response, fail);
    return { status: response.statusCode ?? 0, headers: response.headers, body, ms: performance.now() - start };
  } catch (error) {
    if (error instanceof AskError) {
      throw error;
    }
    if (signal?.aborted === true) {
      throw fail('aborted', 'the request was ended');
    }
    if (controller.signal.aborted) {
      throw fail(
        'timeout',
        `no ${response === undefined ? 'answer' : 'end of the answer'} within ${timeoutMs / 1000} s`,
      );
    }
    throw fail(...reasonOf(error, url, response !== undefined));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    response?.destroy();
  }
}

function responseTo(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      agent: false,
      signal,
      headers: { accept: '*/*', 'accept-encoding': 'gzip, deflate', ...headers },
    };
    // Whatever the environment says of certificates, HireFire checks them.
    const sent =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: true })
        : requestHttp(url, options);
    sent.on('response', resolve);
    sent.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the answer is no answer to a GET, but an upgrade'));
    });
    // Stays on: an error of the socket may follow that of the request.
    sent.on('error', reject);
    sent.end();
  });
}

type Fail = (kind: AskFailure, message: string) => AskError;

async function bodyOf(response: IncomingMessage, fail: Fail): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const tooLarge = `the answer is over ${MAX_BODY_BYTES / 1_000_000} MB`;
  for await (const chunk of response) {
    if (chunk instanceof Buffer) {
      size += chunk.length;
      chunks.push(chunk);
    }
    if (size > MAX_BODY_BYTES) {
      throw fail('too-large', tooLarge);
    }
  }
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const decode = DECODERS[encoding];
  if (decode === undefined) {
    throw fail(
      'encoding',
      `the answer is encoded as ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`,
    );
  }
  try {
    return (await decode(Buffer.concat(chunks))).toString('utf8');
  } catch (error) {
    throw codeOf(error) === 'ERR_BUFFER_TOO_LARGE'
      ? fail('too-large', tooLarge)
      : fail('encoding', `the answer says that it is encoded as ${encoding}, and is not`);
  }
}

const BOUND = { maxOutputLength: MAX_BODY_BYTES };

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  identity: async (bytes) => bytes,
  gzip: (bytes) => promisify(gunzip)(bytes, BOUND),
  deflate: (bytes) => promisify(inflate)(bytes, BOUND),
  br: (bytes) => promisify(brotliDecompress)(bytes, BOUND),
};

function reasonOf(error: unknown, { hostname, host }: URL, hasStarted: boolean): [AskFailure, string] {
  const code = codeOf(error);
  const known = REASONS.find(({ codes }) => codes.test(code));
  if (known !== undefined) {
    return [known.kind, known.message(hostname, host)];
  }
  if (/^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)) {
    return hasStarted
      ? ['cut-off', 'the connection was closed in the middle of the answer']
      : ['closed', 'the connection was closed without an answer'];
  }
  return ['other', messageOf(error)];
}

const REASONS: readonly {
  readonly codes: RegExp;
  readonly kind: AskFailure;
  readonly message: (hostname: string, host: string) => string;
}[] = [
  { codes: /^(?:ENOTFOUND|EAI_\w+)$/, kind: 'dns', message: (name) => `the name ${name} is not known to DNS` },
  {
    codes: /^ECONNREFUSED$/,
    kind: 'refused',
    message: (_, host) => `nothing listens at ${host}: the connection was refused`,
  },
  {
    codes: /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT|EADDRNOTAVAIL|EINVAL)$/,
    kind: 'unreachable',
    message: (_, host) => `there is no way to ${host}`,
  },
  {
    codes: /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/,
    kind: 'tls-self-signed',
    message: () => 'the certificate is self-signed',
  },
  { codes: /^CERT_HAS_EXPIRED$/, kind: 'tls-expired', message: () => 'the certificate has expired' },
  { codes: /^CERT_NOT_YET_VALID$/, kind: 'tls-not-yet-valid', message: () => 'the certificate is not valid yet' },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    kind: 'tls-name',
    message: (name) => `the certificate is for another name than ${name}`,
  },
  {
    codes: /^(?:UNABLE_TO_|CERT_|INVALID_|HOSTNAME_MISMATCH)/,
    kind: 'tls-untrusted',
    message: () => 'the certificate is signed by nobody whom this machine trusts',
  },
  {
    codes: /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/,
    kind: 'tls-protocol',
    message: () => 'the server does not speak TLS there',
  },
  {
    codes: /^HPE_HEADER_OVERFLOW$/,
    kind: 'not-http',
    message: () => 'the answer has more than 16 kB of headers',
  },
  // A server that closes in the middle of a chunk or short of Content-Length.
  { codes: /^HPE_INVALID_EOF_STATE$/, kind: 'cut-off', message: () => 'the answer is cut off' },
  { codes: /^HPE_/, kind: 'not-http', message: () => 'the answer is not HTTP' },
];
