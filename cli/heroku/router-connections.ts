/**
 * The router's connections to the dynos. They are kept, but a request that was sent is never sent again: no one can know
 * whether a dyno that closed the connection had begun to work on it.
 */
import { Agent } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Shorter than servers keep an idle connection, so that they rarely close it just when a request is sent. */
const MAX_IDLE_MS = 500;

export class DynoConnections extends Agent {
  constructor() {
    // The oldest first: Node looks for closed ones at the front only.
    super({ keepAlive: true, timeout: MAX_IDLE_MS, scheduling: 'fifo' });
  }

  override getName(options: { readonly port?: number | string | null | undefined } = {}): string {
    return `${options.port ?? ''}`;
  }

  override createConnection({ port }: { readonly port?: number | string | null | undefined }): Socket {
    return new DynoSocket().setNoDelay().connect(Number(port), '127.0.0.1');
  }

  /** Leaves only connections for the next request that are open and have no unread byte. */
  async settle(port: number): Promise<void> {
    if (this.#idle(port).length > 0) {
      // The first turn ends what Node is reading; the second reads all that has arrived before.
      await nextTurn();
      await nextTurn();
      this.#idle(port)
        .filter((socket) => !socket.readable || socket.readableLength > 0)
        .forEach((socket) => socket.destroy());
    }
  }

  /** A stopping dyno may wait for its idle connections to end. */
  keepOnly(ports: readonly number[]): void {
    const names = new Set(ports.map(String));
    Object.entries(this.freeSockets)
      .filter(([name]) => !names.has(name))
      .forEach(([, sockets]) => sockets?.forEach((socket) => socket.destroy()));
  }

  #idle(port: number): readonly Socket[] {
    return this.freeSockets[`${port}`] ?? [];
  }
}

type Callback = (error?: Error | null) => void;

/**
 * A failed write does not end it: a dyno that refuses an upload answers and closes, and that answer is still to be read.
 * Reading then fails too, or ends.
 */
class DynoSocket extends Socket {
  #isClosedForWriting = false;

  override _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void {
    this.#unlessClosed(callback, (written) => super._write(chunk, encoding, written));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], callback: Callback): void {
    this.#unlessClosed(callback, (written) => super._writev?.(chunks, written));
  }

  #unlessClosed(callback: Callback, write: (written: Callback) => void): void {
    if (this.#isClosedForWriting) {
      callback();
      return;
    }
    write((error) => {
      this.#isClosedForWriting = error !== undefined && error !== null;
      callback();
    });
  }
}
