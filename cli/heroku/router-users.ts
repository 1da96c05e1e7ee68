/** The connections of the router's users. Node's server forgets those of WebSockets, and answers that wait for their turn. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class UserConnections {
  /** Each with the answers that it still gets, in their order. */
  readonly #answers = new Map<Socket, Set<ServerResponse>>();

  /** A connection may be added again. */
  add(socket: Socket): void {
    if (!this.#answers.has(socket)) {
      this.#answers.set(socket, new Set());
      // Node listens for errors only while it speaks HTTP with the user.
      socket.on('error', () => socket.destroy()).on('close', () => this.#closed(socket));
    }
  }

  expectAnswer(socket: Socket, response: ServerResponse): void {
    const answers = this.#answers.get(socket);
    answers?.add(response);
    response.once('close', () => answers?.delete(response));
  }

  /** Calls back once the requests that came before are answered. */
  afterAnswers(socket: Socket, then: () => void): void {
    const answers = this.#answers.get(socket);
    const last = [...(answers ?? [])].at(-1);
    if (!last) {
      then();
      return;
    }
    // Node no longer reports to them that the connection takes more.
    const resume = (): void => answers?.forEach((answer) => answer.emit('drain'));
    socket.on('drain', resume);
    last.once('close', () => {
      socket.off('drain', resume);
      then();
    });
  }

  closeAll(): void {
    [...this.#answers.keys()].forEach((socket) => socket.destroy());
  }

  #closed(socket: Socket): void {
    const answers = [...(this.#answers.get(socket) ?? [])];
    this.#answers.delete(socket);
    answers.forEach((response) => response.emit('close'));
  }
}
