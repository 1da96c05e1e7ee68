/** The router in front of the web dynos, with the headers, queue and error codes of Heroku's. */
import { randomInt } from 'node:crypto';
import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { close, listen } from '../io/loopback.js';
import type { WebDyno } from './formation.js';
import { sendErrorPage, type RouterCode } from './router-codes.js';
import { DynoConnections } from './router-connections.js';
import { Forwarding, MAX_HEAD_BYTES, type Outcome } from './router-forward.js';
import { headersForDyno } from './router-headers.js';
import type { Passage, RoutedRequest, RouterTimes, Upgrade } from './router-passage.js';
import { closeAfter, isWebSocket, readAsPlain } from './router-sockets.js';
import { UserConnections } from './router-users.js';

/** Requests that one dyno handles at once; more wait in the queue. */
export const MAX_ACTIVE_PER_DYNO = 50;

const KEEP_ALIVE_MS = 60_000;

/** The formation notices a crash up to this time after the dyno's connections end. */
const CRASH_KNOWN_MS = 200;

export interface RouterSettings {
  readonly formation: {
    /** The dynos that take requests. */
    up(): readonly WebDyno[];
    /** The state of the other dynos. */
    rest(): 'starting' | 'crashed' | 'none';
    /** True if a dyno that listened on this port has ended by itself. */
    hasCrashed(dyno: WebDyno, port: number): boolean;
  };
  readonly times: RouterTimes;
  /** Called when a user's request has ended. */
  readonly onRequest: (request: RoutedRequest) => void;
  readonly isPoll: (request: IncomingMessage) => boolean;
}

export class Router {
  readonly #server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    maxHeaderSize: MAX_HEAD_BYTES,
  });
  readonly #connections = new DynoConnections();
  readonly #active = new Map<string, number>();
  readonly #queue = new Set<Passage>();
  readonly #users = new UserConnections();
  #port = 0;
  #open = 0;

  constructor(private readonly settings: RouterSettings) {
    this.#server.on('connection', (socket: Socket) => this.#users.add(socket));
    this.#server.on('request', (request, response) => {
      this.#users.expectAnswer(request.socket, response);
      this.#enter(request, response);
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#users.afterAnswers(socket, () => this.#offered(request, { socket, head })),
    );
  }

  /** @throws the system's error if the port is taken */
  async listen(port: number): Promise<number> {
    this.#port = await listen(this.#server, port);
    return this.#port;
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    this.#users.closeAll();
    await close(this.#server);
    this.#connections.destroy();
  }

  /** Call it after dynos came up, were stopped or crashed. */
  dynosChanged(): void {
    this.#connections.keepOnly(this.settings.formation.up().map(({ port }) => port));
    for (const passage of [...this.#queue]) {
      this.#queue.delete(passage);
      this.#dispatch(passage);
    }
  }

  /** Requests without an answer so far, with polls. */
  get open(): number {
    return this.#open;
  }

  /** True if each dyno works on all the requests that it gets at once. */
  get isFull(): boolean {
    const up = this.settings.formation.up();
    return up.length > 0 && !up.some((dyno) => this.#isFree(dyno));
  }

  #isFree({ name }: WebDyno): boolean {
    return (this.#active.get(name) ?? 0) < MAX_ACTIVE_PER_DYNO;
  }

  /** A request that offers another protocol. */
  #offered(request: IncomingMessage, upgrade: Upgrade): void {
    const { socket } = upgrade;
    if (socket.destroyed || !socket.writable) {
      socket.destroy();
    } else if (isWebSocket(request)) {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      closeAfter(response, socket);
      this.#enter(request, response, upgrade);
    } else {
      readAsPlain(this.#server, request, upgrade);
    }
  }

  #enter(request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade): void {
    const passage: Passage = {
      request,
      response,
      upgrade,
      headers: headersForDyno(request, this.#port, upgrade !== undefined),
      startedAt: performance.now(),
      refused: new Set(),
      timer: undefined,
      isOver: false,
    };
    this.#open++;
    // The user may go away, which is not an error.
    response.once('close', () => this.#end(passage));
    this.#dispatch(passage);
  }

  /** @returns false if it had already ended */
  #end(passage: Passage): boolean {
    if (passage.isOver) {
      return false;
    }
    passage.isOver = true;
    this.#open--;
    this.#queue.delete(passage);
    clearTimeout(passage.timer);
    return true;
  }

  #dispatch(passage: Passage): void {
    if (passage.isOver) {
      return;
    }
    const rest = this.settings.formation.rest();
    const candidates = this.#candidates(passage);
    const free = candidates.filter((one) => this.#isFree(one));
    const dyno = free[free.length > 1 ? randomInt(free.length) : 0];
    if (dyno) {
      this.#forward(passage, dyno);
    } else if (candidates.length > 0 || rest === 'starting') {
      this.#queue.add(passage);
      passage.timer ??= setTimeout(() => this.#fail(passage, 'H20', undefined), this.settings.times.queue);
    } else {
      this.#fail(passage, rest === 'crashed' ? 'H10' : passage.refused.size > 0 ? 'H21' : 'H14', undefined);
    }
  }

  #candidates({ refused }: Passage): readonly WebDyno[] {
    return this.settings.formation.up().filter(({ port }) => !refused.has(port));
  }

  #forward(passage: Passage, dyno: WebDyno): void {
    clearTimeout(passage.timer);
    passage.timer = undefined;
    this.#active.set(dyno.name, (this.#active.get(dyno.name) ?? 0) + 1);
    const outcome = this.#outcomeOf(passage, dyno, dyno.port);
    void new Forwarding(passage, dyno.port, this.#connections, this.settings.times, outcome).start();
  }

  #outcomeOf(passage: Passage, dyno: WebDyno, port: number): Outcome {
    const soon = (then: () => void): void => {
      passage.timer = setTimeout(() => {
        passage.timer = undefined;
        then();
      }, CRASH_KNOWN_MS);
    };
    let ms = 0;
    return {
      free: () => this.#release(dyno),
      refused: () => {
        passage.refused.add(port);
        if (this.#candidates(passage).length > 0) {
          this.#dispatch(passage);
        } else {
          soon(() => this.#dispatch(passage));
        }
      },
      unanswered: () =>
        soon(() => this.#fail(passage, this.settings.formation.hasCrashed(dyno, port) ? 'H10' : 'H13', dyno)),
      failed: (code) => this.#fail(passage, code, dyno),
      over: (code) => this.#over(passage, dyno, code),
      upgraded: () => {
        ms = performance.now() - passage.startedAt;
        this.#end(passage);
      },
      closed: (code) => this.#report(passage, { dyno, ms, code }),
      invalid: () => {
        this.#end(passage);
        passage.response.writeHead(400).end();
      },
    };
  }

  #release(dyno: WebDyno): void {
    this.#active.set(dyno.name, (this.#active.get(dyno.name) ?? 1) - 1);
    const [next] = this.#queue;
    if (next) {
      this.#queue.delete(next);
      this.#dispatch(next);
    }
  }

  #fail(passage: Passage, code: RouterCode, dyno: WebDyno | undefined): void {
    const { response, request } = passage;
    if (!this.#over(passage, dyno, code)) {
      return;
    }
    if (response.headersSent || code === 'H28') {
      response.destroy();
    } else {
      sendErrorPage(request, response, code);
      request.resume();
    }
  }

  /** @returns false if it had already ended */
  #over(passage: Passage, dyno: WebDyno | undefined, code: RouterCode | undefined): boolean {
    const hasEnded = this.#end(passage);
    if (hasEnded) {
      this.#report(passage, { dyno, code, ms: performance.now() - passage.startedAt });
    }
    return hasEnded;
  }

  #report(
    { request }: Passage,
    { dyno, ...end }: Pick<RoutedRequest, 'ms' | 'code'> & { dyno: WebDyno | undefined },
  ): void {
    const { onRequest, isPoll } = this.settings;
    if (!isPoll(request)) {
      const { method = 'GET', url = '/' } = request;
      onRequest({ method, path: url.split('?')[0] ?? '', dyno: dyno?.name, ...end });
    }
  }
}
