/**
 * Sends a request to one dyno and its answer to the user. Proxy libraries send a request's body before the connection is
 * made, so they can't try another dyno after a refusal; this one waits.
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebDyno } from './formation.js';
import type { RouterCode } from './router-codes.js';
import type { DynoConnections } from './router-connections.js';
import { headersForUser } from './router-headers.js';
import type { Passage, RouterTimes } from './router-passage.js';
import { join } from './router-sockets.js';

/** The router's part in what becomes of a request. */
export interface Outcome {
  /** The dyno works on it no longer. */
  free(): void;
  /** The dyno refused the connection. */
  refused(): void;
  /** The dyno closed the connection without an answer. */
  unanswered(): void;
  /** There is no answer, for this reason. */
  failed(code: RouterCode): void;
  /** The answer has ended; without a code, as a whole. */
  over(code: RouterCode | undefined): void;
  /** The answer has begun that makes a WebSocket of it. */
  upgraded(): void;
  /** The WebSocket has ended. */
  closed(code: RouterCode | undefined): void;
  /** Its user sent what can't be sent on. */
  invalid(): void;
}

/** More than Heroku lets pass: the app decides. */
export const MAX_HEAD_BYTES = 1024 * 1024;

export class Forwarding {
  #toDyno: ClientRequest | undefined;
  #silence: NodeJS.Timeout | undefined;
  #hasAnswered = false;
  #isFree = false;

  constructor(
    private readonly passage: Passage,
    private readonly port: WebDyno['port'],
    private readonly connections: DynoConnections,
    private readonly times: RouterTimes,
    private readonly outcome: Outcome,
  ) {}

  async start(): Promise<void> {
    this.passage.response.once('close', this.#abandon);
    await this.connections.settle(this.port);
    if (!this.#isFree) {
      this.#send();
    }
  }

  #send(): void {
    let toDyno: ClientRequest;
    try {
      toDyno = this.#newRequest();
    } catch {
      this.#release();
      this.outcome.invalid();
      return;
    }
    this.#toDyno = toDyno;
    this.#listen(toDyno);
    const { headers } = this.passage.request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
      toDyno.end();
      this.#awaitAnswer();
    } else {
      this.#sendBody(toDyno);
    }
  }

  /** @throws Error for a path that Node's server takes and its client does not */
  #newRequest(): ClientRequest {
    const { method = 'GET', url = '/' } = this.passage.request;
    const toDyno = httpRequest({
      ...{ method, path: url, port: this.port },
      ...{ agent: this.connections, maxHeaderSize: MAX_HEAD_BYTES },
    });
    // Else Node frames what the user did not.
    toDyno.useChunkedEncodingByDefault = false;
    this.passage.headers.forEach((values, name) => toDyno.setHeader(name, values));
    return toDyno;
  }

  #listen(toDyno: ClientRequest): void {
    toDyno.on('response', (answer) => this.#answer(answer));
    toDyno.on('upgrade', (answer: IncomingMessage, socket: Socket, first: Buffer) =>
      this.#upgrade(answer, socket, first),
    );
    toDyno.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? ''));
    toDyno.on('close', () => this.#endLimit());
  }

  /** Sends nothing before the connection is made: after a refusal another dyno gets the whole body. */
  #sendBody(toDyno: ClientRequest): void {
    const { request } = this.passage;
    const send = (): void => {
      request.on('data', () => this.#silence?.refresh());
      request.on('end', () => this.#awaitAnswer());
      request.on('close', () => request.complete || toDyno.destroy());
      request.pipe(toDyno);
    };
    this.#limit(this.times.silence, () => (toDyno.writableNeedDrain ? 'H12' : 'H28'));
    toDyno.on('socket', (socket) => (socket.connecting ? socket.once('connect', send) : send()));
  }

  #awaitAnswer(): void {
    if (!this.#hasAnswered && !this.#isFree) {
      this.#limit(this.times.firstByte, () => 'H12');
    }
  }

  #limit(ms: number, codeNow: () => RouterCode): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const code = codeNow();
      this.#abandon();
      this.outcome.failed(code);
    }, ms);
  }

  #answer(answer: IncomingMessage): void {
    const { response } = this.passage;
    this.#hasAnswered = true;
    try {
      response.sendDate = false;
      response.writeHead(answer.statusCode ?? 0, answer.statusMessage ?? '', headersForUser(answer));
    } catch {
      this.#abandon();
      this.outcome.failed('H17');
      return;
    }
    this.#pass(answer);
  }

  #pass(answer: IncomingMessage): void {
    const { response } = this.passage;
    this.#limit(this.times.silence, () => (response.writableNeedDrain ? 'H28' : 'H15'));
    let hasBegun = false;
    answer.on('data', () => {
      hasBegun = true;
      this.#silence?.refresh();
    });
    answer.on('error', () => undefined);
    answer.on('close', () => answer.complete || this.#cutOff());
    answer.pipe(response);
    // After the bytes that came with the head: one packet has both then.
    process.nextTick(() => hasBegun || response.flushHeaders());
    response.on('finish', () => {
      this.outcome.over(undefined);
      this.#release();
    });
  }

  #cutOff(): void {
    this.#release();
    this.outcome.failed('H18');
  }

  #upgrade(answer: IncomingMessage, socket: Socket, first: Buffer): void {
    const { upgrade, response, isOver } = this.passage;
    if (!upgrade || this.#hasAnswered || isOver) {
      socket.destroy();
      this.#fail('HPE_UPGRADE');
      return;
    }
    this.#hasAnswered = true;
    clearTimeout(this.#silence);
    this.#release();
    response.detachSocket(upgrade.socket);
    this.outcome.upgraded();
    join(upgrade, { answer, socket, first }, this.times.silence, (wasSilent) =>
      this.outcome.closed(wasSilent ? 'H15' : undefined),
    );
  }

  /** @param reason - a code of the system, or of Node's parser */
  #fail(reason: string): void {
    const { request, isOver } = this.passage;
    if (this.#hasAnswered) {
      return;
    }
    if (this.#toDyno) {
      request.unpipe(this.#toDyno);
    }
    clearTimeout(this.#silence);
    this.#release();
    if (isOver) {
      return;
    }
    if (reason === 'ECONNREFUSED') {
      this.outcome.refused();
    } else if (reason.startsWith('HPE_')) {
      this.outcome.failed('H17');
    } else {
      this.outcome.unanswered();
    }
  }

  readonly #abandon = (): void => {
    this.#toDyno?.destroy();
    clearTimeout(this.#silence);
    this.#release();
  };

  #release(): void {
    if (!this.#isFree) {
      this.#isFree = true;
      this.passage.response.off('close', this.#abandon);
      this.#endLimit();
      this.outcome.free();
    }
  }

  /** Only when both sides have ended: a user may not read an answer that is complete, or not end an upload. */
  #endLimit(): void {
    if (this.#isFree && this.#toDyno?.closed !== false) {
      clearTimeout(this.#silence);
    }
  }
}
