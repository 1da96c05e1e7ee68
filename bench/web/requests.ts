/** The requests that the benchmark sends, as they come out of Heroku's router. */

export const PATH = '/items/42';

/** Milliseconds that the router is said to have had each request: 0 to 63, one after the other. */
const ROUTER_MS = 64;

const BEFORE = [
  `GET ${PATH} HTTP/1.1`,
  'Host: bench.example.com',
  'Connection: keep-alive',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept: application/json',
  'Accept-Language: en-GB,en;q=0.9',
  'Accept-Encoding: gzip, deflate, br',
  'Cookie: session=2f1c9f0a6b8e4d7c9a3b5d1e7f60428c',
  'X-Request-Id: 8d5b1f6e-4f0f-4c6b-9a55-1d7f3a3c2b10',
  'X-Forwarded-For: 203.0.113.7',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 443',
  'Via: 1.1 vegur',
  'Connect-Time: 0',
  'X-Request-Start: ',
].join('\r\n');
const AFTER = '\r\nTotal-Route-Time: 0\r\n\r\n';

/** The request at a place in their order, with the time of its own in X-Request-Start. */
export function requestText(place: number): string {
  return `${BEFORE}${Date.now() - (place % ROUTER_MS)}${AFTER}`;
}
