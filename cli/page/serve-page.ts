/** Serves the page of a run to browsers on this machine, and refuses requests from other sites. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from '../io/loopback.js';
import { parseJson, recordOf } from '../io/untrusted.js';
import type { RunControls, RunState } from '../run/run-state.js';
import { UsageError } from '../io/errors.js';
import { Changes } from './changes.js';
import { LoadHolders } from './load-holders.js';
import { EVENTS_PATH } from './messages.js';
import { readPage } from './page-file.js';
import { SAFE_HEADERS } from './safe-headers.js';
import { Stream } from './stream.js';

const MAX_BODY_BYTES = 64 * 1024;

export interface Page {
  readonly url: string;
  /** Also ends the browsers' streams. */
  close(): Promise<void>;
}

/**
 * Serves the page on a free port of loopback.
 *
 * @param file - the built page
 */
export async function servePage(state: RunState, controls: RunControls, file?: URL): Promise<Page> {
  const page = await readPage(null, file);
  const streams = new Set<Stream>();
  const holders = new LoadHolders(controls.load);
  const changes = new Changes(state, controls, holders);
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) {
        send(response, 500, String(error));
      }
    });
  });
  const port = await listen(server);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/' } = request;
    // This page starts dynos, so it refuses other sites, even those whose own name resolves to this machine.
    if (!isOurs(request, hosts)) {
      send(response, 403, 'This page is for browsers on this machine, by the address that was printed.');
    } else if (method === 'GET' && url === '/') {
      const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policyFor(page) };
      response.writeHead(200, { ...SAFE_HEADERS, ...headers }).end(page);
    } else if (method === 'GET' && url === EVENTS_PATH) {
      const stream = new Stream(response, state, controls);
      streams.add(stream);
      holders.opened(stream.page);
      response.on('close', () => {
        streams.delete(stream);
        holders.closed(stream.page);
        stream.close();
      });
    } else if (method === 'POST' && changes.takes(url)) {
      await change(url, request, response);
    } else {
      send(response, 404, 'There is nothing here.');
    }
  }

  async function change(url: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, text } = await changes.take(url, recordOf(await jsonOf(request)));
      send(response, status, text);
    } catch (error) {
      if (!(error instanceof UsageError)) {
        throw error;
      }
      send(response, 400, error.message.replaceAll('\n', '; '));
    }
  }

  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      streams.forEach((stream) => stream.end());
      await close(server);
    },
  };
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...SAFE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
}

function isOurs({ headers, method }: IncomingMessage, hosts: readonly string[]): boolean {
  const { host = '', origin } = headers;
  const site = headers['sec-fetch-site'] ?? 'none';
  return (
    hosts.includes(host) &&
    (origin === undefined || hosts.includes(origin.replace(/^http:\/\//, ''))) &&
    (site === 'same-origin' || site === 'none') &&
    // Forms of other sites can't send this type.
    (method !== 'POST' || /^application\/json\b/.test(headers['content-type'] ?? ''))
  );
}

/** Allows the page's own script and style, and requests to this server only. */
function policyFor(page: string): string {
  const hashOf = (tag: string): string => {
    const [, text = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page) ?? [];
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  return [
    "default-src 'none'",
    `script-src ${hashOf('script')}`,
    `style-src ${hashOf('style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** @throws UsageError */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) {
      throw new UsageError('That is too long.');
    }
  }
  const json = parseJson(text);
  if (json === undefined) {
    throw new UsageError('That is not JSON.');
  }
  return json;
}
