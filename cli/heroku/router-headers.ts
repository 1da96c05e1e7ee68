/** The headers that the router passes on, leaves out, and adds. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Headers of a single connection. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'];
/** They frame or address the message, so no Connection header takes them away. */
const INDISPENSABLE = new Set(['content-length', 'transfer-encoding', 'host']);
const NOT_FOR_DYNO = new Set([
  ...HOP_BY_HOP,
  ...['x-request-start', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port', 'x-request-id'],
]);
const NOT_FOR_USER = new Set([...HOP_BY_HOP, 'transfer-encoding']);

/** For the dyno, by name; a header that was sent twice has two values. */
export function headersForDyno(request: IncomingMessage, port: number, isUpgrade: boolean): Map<string, string[]> {
  const out = new Map<string, string[]>();
  const names = new Map<string, string[]>();
  for (const [name, value] of passedOn(request, NOT_FOR_DYNO)) {
    const known = names.get(name.toLowerCase());
    if (known) {
      known.push(value);
    } else {
      const values = [value];
      names.set(name.toLowerCase(), values);
      out.set(name, values);
    }
  }
  setByRouter(request, port).forEach(([name, value]) => out.set(name, [value]));
  if (isUpgrade) {
    out.set('Connection', ['Upgrade']).set('Upgrade', ['websocket']);
  }
  return out;
}

function setByRouter({ headers, socket }: IncomingMessage, port: number): (readonly [string, string])[] {
  const before = headers['x-forwarded-for'];
  const client = socket.remoteAddress ?? '127.0.0.1';
  const id = headers['x-request-id'];
  return [
    ['X-Forwarded-For', before === undefined ? client : `${String(before)}, ${client}`],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Port', `${port}`],
    ['X-Request-Id', typeof id === 'string' && /^[\w-]{20,128}$/.test(id) ? id : randomUUID()],
    ['X-Request-Start', `${Date.now()}`],
  ];
}

/** For the user, one after the other as Node takes them. Node frames the answer. */
export function headersForUser(answer: IncomingMessage): string[] {
  return passedOn(answer, NOT_FOR_USER).flat();
}

/** The head of a request as text, without the offer of another protocol than HTTP. */
export function headWithoutUpgrade(request: IncomingMessage): string {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = request;
  const kept = pairsOf(rawHeaders).filter(([name]) => !['upgrade', 'connection'].includes(name.toLowerCase()));
  const connection = [...connectionOptions(request)].filter((option) => option !== 'upgrade');
  const lines = [...kept, ['Connection', connection.join(', ')]].map((pair) => pair.join(': '));
  return [`${method} ${url} HTTP/${httpVersion}`, ...lines, '', ''].join('\r\n');
}

function passedOn(message: IncomingMessage, leftOut: ReadonlySet<string>): [name: string, value: string][] {
  const options = connectionOptions(message);
  return pairsOf(message.rawHeaders).filter(([anyCase]) => {
    const name = anyCase.toLowerCase();
    return !leftOut.has(name) && (!options.has(name) || INDISPENSABLE.has(name));
  });
}

/** The names that the Connection header lists: headers of this connection, `close` and the like. */
function connectionOptions({ headers: { connection = '' } }: IncomingMessage): Set<string> {
  const options = connection.split(',').map((option) => option.trim().toLowerCase());
  return new Set(options.filter((option) => option !== ''));
}

export function pairsOf(rawHeaders: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}
