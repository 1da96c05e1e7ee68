/** Finds servers that only their own machine can reach: on Heroku the router would never reach them. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { codeOf } from '../io/errors.js';

const LOOPBACK = '127.0.0.1';
/** A firewall may answer nothing. */
const TIMEOUT_MS = 2000;

/** IPv4 only: a server on 0.0.0.0 refuses IPv6. */
export function outerAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ family, internal, address }) => (family === 'IPv4' && !internal ? address : [])),
  );
}

export async function listens(port: number): Promise<boolean> {
  return (await probed(LOOPBACK, port)) === 'accepted';
}

/** True if a server refuses every other address. False without one, and where a firewall hides the answer. */
export async function listensOnLoopbackOnly(port: number, addresses = outerAddresses()): Promise<boolean> {
  const answers = await Promise.all(addresses.map((address) => probed(address, port)));
  // A server that has just ended refuses them too.
  return answers.length > 0 && answers.every((answer) => answer === 'refused') && (await listens(port));
}

async function probed(host: string, port: number): Promise<'accepted' | 'refused' | 'unknown'> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return 'accepted';
  } catch (error) {
    return codeOf(error) === 'ECONNREFUSED' ? 'refused' : 'unknown';
  } finally {
    socket.destroy();
  }
}
