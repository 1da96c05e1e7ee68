import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { listens, listensOnLoopbackOnly, outerAddresses } from '../../../cli/heroku/loopback-only.js';

/** Linux serves all of 127.0.0.0/8, so it stands for another address of the machine. */
const OTHER = ['127.0.0.2'];

let server: Server | undefined;

afterEach(async () => {
  const closing = server;
  server = undefined;
  if (closing) {
    closing.close();
    await once(closing, 'close');
  }
});

async function portOn(host?: string): Promise<number> {
  server = createServer((socket) => socket.destroy()).listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a server', () => {
  it.each([
    ['127.0.0.1', true],
    ['0.0.0.0', false],
    [undefined, false],
  ])('on %s is on loopback only: %s', async (host, isLoopbackOnly) => {
    const port = await portOn(host);
    expect(await listens(port)).toBe(true);
    expect(await listensOnLoopbackOnly(port, OTHER)).toBe(isLoopbackOnly);
    expect(await listensOnLoopbackOnly(port)).toBe(isLoopbackOnly && outerAddresses().length > 0);
  });

  it('that has ended is not', async () => {
    const port = await portOn('127.0.0.1');
    server?.close();
    expect(await listens(port)).toBe(false);
    expect(await listensOnLoopbackOnly(port, OTHER)).toBe(false);
  });

  it('is unknown without another address', async () => {
    expect(await listensOnLoopbackOnly(await portOn('127.0.0.1'), [])).toBe(false);
  });
});
