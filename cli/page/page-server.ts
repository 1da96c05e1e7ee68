/** Serves a page to browsers on this machine, and refuses requests from other sites. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from '../io/loopback.js';
import { SAFE_HEADERS } from './safe-headers.js';

export interface Page {
  readonly url: string;
  /** Also ends the browsers' streams. */
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * Serves the page on a free port of loopback.
 *
 * @param page - the built page
 * @param others - answers other requests of the page
 */
export async function serveText(page: string, others: Handler = nothingHere): Promise<Page> {
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
    // A page may start dynos, so it refuses other sites, even those whose own name resolves to this machine.
    if (!isOurs(request, hosts)) {
      send(response, 403, 'This page is for browsers on this machine, by the address that was printed.');
    } else if (request.method === 'GET' && request.url === '/') {
      const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policyFor(page) };
      response.writeHead(200, { ...SAFE_HEADERS, ...headers }).end(page);
    } else {
      await others(request, response);
    }
  }

  return { url: `http://127.0.0.1:${port}/`, close: () => close(server) };
}

export function nothingHere(_request: IncomingMessage, response: ServerResponse): void {
  send(response, 404, 'There is nothing here.');
}

export function send(response: ServerResponse, status: number, text: string): void {
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
