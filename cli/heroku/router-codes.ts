/** Heroku's codes for requests that the app did not answer in full, and the page that the user gets instead. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export const ROUTER_CODES = {
  H10: 'the web dyno has crashed',
  H12: 'there was no first byte of an answer within 30 s',
  H13: 'the web dyno closed the connection without an answer',
  H14: 'there are no web dynos',
  H15: 'the web dyno sent nothing for 55 s, in the middle of its answer',
  H17: 'the answer of the web dyno is not valid HTTP',
  H18: 'the web dyno closed the connection in the middle of its answer',
  H20: 'no web dyno was ready within 75 s',
  H21: 'every web dyno refused the connection',
  H28: 'the user sent or read nothing for 55 s, in the middle of a request',
} as const;

export type RouterCode = keyof typeof ROUTER_CODES;

/** Answers 503 with the code, as a page for browsers. */
export function sendErrorPage(request: IncomingMessage, response: ServerResponse, code: RouterCode): void {
  const isForBrowser = /\btext\/html\b/i.test(request.headers.accept ?? '');
  const text = `Application error: ${code}, ${ROUTER_CODES[code]}.`;
  response.writeHead(503, 'Service Unavailable', {
    'Content-Type': `text/${isForBrowser ? 'html' : 'plain'}; charset=utf-8`,
    'Cache-Control': 'no-cache, no-store',
  });
  response.end(isForBrowser ? errorPage(text) : `${text}\n`);
}

const errorPage = (text: string): string => `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Application error</title>
  </head>
  <body>
    <h1>Application error</h1>
    <p>${text.replace(/^Application error: /, '')}</p>
  </body>
</html>
`;
