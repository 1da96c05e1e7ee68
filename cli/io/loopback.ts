/** Opens and closes HTTP servers on 127.0.0.1. */
import { once } from 'node:events';
import type { Server } from 'node:http';

/**
 * @param port - 0: any free port
 * @returns the port
 * @throws the system's error if the port is taken
 */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Closes a server with all its connections, if it listens. */
export async function close(server: Server): Promise<void> {
  if (server.listening) {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
