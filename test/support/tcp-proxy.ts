/** A way to a server that can be cut, held up and counted, without any of it happening to the server. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { PassThrough, Transform } from 'node:stream';
import { freePort } from '../../tools/redis-server.js';

export class TcpProxy {
  /** How many connections have been opened. */
  opened = 0;
  #server: Server | undefined;
  #isFrozen = false;
  #onData: (() => void) | undefined;
  readonly #sockets = new Set<Socket>();

  private constructor(
    readonly port: number,
    private readonly target: number,
    private readonly slowness: number,
  ) {}

  /**
   * A proxy that does not listen yet.
   *
   * @param slowness - ms that each piece takes, in each direction
   */
  static async reserve(target: number, slowness = 0): Promise<TcpProxy> {
    return new TcpProxy(await freePort(), target, slowness);
  }

  async start(): Promise<void> {
    this.#server = createServer((near) => {
      this.opened += 1;
      const far = connect(this.target, '127.0.0.1');
      near.on('data', () => this.#onData?.());
      near.pipe(this.#line()).pipe(far);
      far.pipe(this.#line()).pipe(near);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        if (this.#isFrozen) {
          socket.pause();
        }
      }
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #line(): Transform {
    return this.slowness === 0
      ? new PassThrough()
      : new Transform({
          transform: (piece, _encoding, done) => {
            setTimeout(done, this.slowness, null, piece);
          },
        });
  }

  /** Cuts every connection, and takes no more. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) {
      const closed = once(server, 'close');
      server.close();
      this.#sockets.forEach((socket) => socket.destroy());
      await closed;
    }
  }

  /** Resolves once something more was sent to the server. */
  carried(): Promise<void> {
    return new Promise((resolve) => (this.#onData = resolve));
  }

  /** Connections stay, nothing passes. */
  freeze(): void {
    this.#isFrozen = true;
    this.#sockets.forEach((socket) => socket.pause());
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#sockets.forEach((socket) => socket.resume());
  }

  async stop(): Promise<void> {
    await this.kill();
  }
}
