/** A client that costs little: keep-alive connections, each with one request under way at any time. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const CONTENT_LENGTH = /^content-length: (\d+)$/im;

export class Load {
  private constructor(
    private readonly sockets: readonly Socket[],
    private readonly requestText: (place: number) => string,
  ) {}

  /** @param requestText - of the first request that is sent at once, of the second, and so on */
  static async connect(port: number, connections: number, requestText: (place: number) => string): Promise<Load> {
    const sockets = Array.from({ length: connections }, () => connect(port, '127.0.0.1').setNoDelay());
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return new Load(sockets, requestText);
  }

  /**
   * Sends so many requests in all.
   *
   * @throws Error for an answer other than a 200, and when a connection ends
   */
  async send(requests: number): Promise<void> {
    let sent = 0;
    const next = (): string | undefined => {
      sent += 1;
      return sent <= requests ? this.requestText(sent) : undefined;
    };
    await Promise.all(this.sockets.map((socket) => sendAll(socket, next)));
  }

  close(): void {
    this.sockets.forEach((socket) => socket.destroy());
  }
}

/** Sends one request after the other, each when the one before is answered. */
function sendAll(socket: Socket, next: () => string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      socket.off('data', onData).off('close', onClose).off('error', end);
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    };
    const send = (): void => {
      const request = next();
      if (request === undefined) {
        end();
      } else {
        socket.write(request, 'latin1');
      }
    };
    let received = '';
    const onData = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      const body = received.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
      if (body < END_OF_HEAD.length) {
        return;
      }
      const head = received.slice(0, body - END_OF_HEAD.length);
      const length = CONTENT_LENGTH.exec(head)?.[1];
      if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
        end(new Error(`the app answered:\n${received}`));
      } else if (received.length >= body + Number(length)) {
        received = '';
        send();
      }
    };
    const onClose = (): void => end(new Error('the app closed a connection'));
    socket.on('data', onData).on('close', onClose).on('error', end);
    send();
  });
}
