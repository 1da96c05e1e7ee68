/** Connections that are no longer HTTP, or not yet. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { headWithoutUpgrade, pairsOf } from './router-headers.js';
import type { Upgrade } from './router-passage.js';

/** A user's time to read the answer and close the connection. */
const LINGER_MS = 1_000;

/** True if it is a WebSocket's request. It has no body: others would be lost in the switch. */
export function isWebSocket({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && !hasBody;
}

/** Gives the server a request again, without its offer of another protocol: Node reads no body next to an offer. */
export function readAsPlain(server: Server, request: IncomingMessage, { socket, head }: Upgrade): void {
  // Node has taken its other listeners away; these two would pile up.
  socket.removeAllListeners('pause').removeAllListeners('resume').setTimeout(0);
  socket.unshift(Buffer.concat([Buffer.from(headWithoutUpgrade(request), 'latin1'), head]));
  server.emit('connection', socket);
}

/** Closes a connection once its user has read the answer. */
export function closeAfter(response: ServerResponse, socket: Socket): void {
  response.on('finish', () => {
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.on('end', () => socket.destroy()).on('close', () => clearTimeout(timer));
  });
}

/**
 * Joins two connections until one side closes.
 *
 * @param onEnd - called with whether both had been silent for that long
 */
export function join(
  { socket: user, head }: Upgrade,
  { answer, socket: dyno, first }: { answer: IncomingMessage; socket: Socket; first: Buffer },
  silence: number,
  onEnd: (wasSilent: boolean) => void,
): void {
  let wasSilent = false;
  for (const [from, to] of [
    [user, dyno],
    [dyno, user],
  ] as const) {
    from.on('error', () => from.destroy()).on('close', () => to.destroy());
    from.pipe(to);
  }
  user.setTimeout(silence, () => {
    wasSilent = true;
    user.destroy();
  });
  user.on('close', () => onEnd(wasSilent));
  user.write(upgradeHead(answer), 'latin1');
  user.write(first);
  dyno.write(head);
}

function upgradeHead({ statusMessage = '', rawHeaders }: IncomingMessage): string {
  const lines = pairsOf(rawHeaders).map((pair) => pair.join(': '));
  return [`HTTP/1.1 101 ${statusMessage}`, ...lines, '', ''].join('\r\n');
}
