/** Sends a GET request as HireFire does: follows no redirect, and limits time and size. */
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { codeOf } from '../io/errors.js';
import { AskError, reasonOf, type AskFailure } from './ask-failures.js';

/** As long as Heroku's router waits. */
export const MAX_ANSWER_MS = 30_000;
export const MAX_BODY_BYTES = 1_000_000;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds until the end of the body. */
  readonly ms: number;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** @default MAX_ANSWER_MS */
  readonly timeoutMs?: number;
  /** @default MAX_BODY_BYTES */
  readonly maxBytes?: number;
  /** Ends the request, with an AskError of the kind `aborted`. */
  readonly signal?: AbortSignal;
}

/** @throws AskError */
export async function ask(url: URL, options: AskOptions = {}): Promise<HttpAnswer> {
  const { headers = {}, timeoutMs = MAX_ANSWER_MS, maxBytes = MAX_BODY_BYTES, signal } = options;
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
    const body = await bodyOf(response, maxBytes, fail);
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
    // HireFire checks certificates, so NODE_TLS_REJECT_UNAUTHORIZED has no effect here.
    const sent =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: true })
        : requestHttp(url, options);
    sent.on('response', resolve);
    sent.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the answer to the GET is an upgrade'));
    });
    // Not once(): the socket may fail after the request.
    sent.on('error', reject);
    sent.end();
  });
}

type Fail = (kind: AskFailure, message: string) => AskError;

async function bodyOf(response: IncomingMessage, maxBytes: number, fail: Fail): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const tooLarge = `the answer is over ${maxBytes / 1_000_000} MB`;
  for await (const chunk of response) {
    if (chunk instanceof Buffer) {
      size += chunk.length;
      chunks.push(chunk);
    }
    if (size > maxBytes) {
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
    return (await decode(Buffer.concat(chunks), { maxOutputLength: maxBytes })).toString('utf8');
  } catch (error) {
    throw codeOf(error) === 'ERR_BUFFER_TOO_LARGE'
      ? fail('too-large', tooLarge)
      : fail('encoding', `the answer claims ${encoding} encoding, but is not ${encoding}`);
  }
}

interface Bound {
  readonly maxOutputLength: number;
}

const DECODERS: Readonly<Record<string, (bytes: Buffer, bound: Bound) => Promise<Buffer>>> = {
  identity: async (bytes) => bytes,
  gzip: (bytes, bound) => promisify(gunzip)(bytes, bound),
  deflate: (bytes, bound) => promisify(inflate)(bytes, bound),
  br: (bytes, bound) => promisify(brotliDecompress)(bytes, bound),
};
