/**
 * The router in front of the web dynos, with the headers, queue and error codes of Heroku's. Proxy libraries send a
 * request's body before the connection is made, so they can't try another dyno after a refusal; this router waits.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { Agent, createServer, request as httpRequest, ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { close, listen } from '../io/loopback.js';
import type { WebDyno } from './formation.js';

/** The reasons why a request got no answer from the app, by Heroku's codes. */
export const ROUTER_CODES = {
  H10: 'the web dyno has crashed',
  H12: 'there was no first byte of an answer within 30 s',
  H13: 'the web dyno closed the connection without an answer',
  H14: 'there are no web dynos',
  H18: 'the web dyno closed the connection in the middle of its answer',
  H20: 'no web dyno was ready within 75 s',
  H21: 'every web dyno refused the connection',
} as const;

export type RouterCode = keyof typeof ROUTER_CODES;

/** A request that has ended. */
export interface RoutedRequest {
  readonly method: string;
  /** Without its query, which may be secret. */
  readonly path: string;
  readonly dyno: string | undefined;
  /** From its arrival to the end of its answer. */
  readonly ms: number;
  /** Undefined: the app answered. */
  readonly code: RouterCode | undefined;
}

export interface RouterTimes {
  /** For the first byte of an answer, after a dyno got the request. */
  readonly firstByte: number;
  /** In the queue, while every dyno is busy or boots. */
  readonly queue: number;
}

export const ROUTER_TIMES: RouterTimes = { firstByte: 30_000, queue: 75_000 };

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
    /** Whether a dyno that listened on this port has ended by itself. */
    hasCrashed(dyno: WebDyno, port: number): boolean;
  };
  readonly times: RouterTimes;
  /** Called when a user's request has ended. */
  readonly onRequest: (request: RoutedRequest) => void;
  readonly isPoll: (request: IncomingMessage) => boolean;
}

/** A request that has not ended. */
interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** For a WebSocket or another upgrade. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  readonly headers: readonly string[];
  readonly startedAt: number;
  /** Ports that refused the connection; a restarted dyno has a new port. */
  readonly refused: Set<number>;
  timer: NodeJS.Timeout | undefined;
  isOver: boolean;
}

/** Headers of a single connection. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect']);
const SET_BY_ROUTER = new Set([
  'x-request-start',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-request-id',
]);

/** Methods of requests that may be sent again. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export class Router {
  readonly #server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 });
  readonly #keepAlive = new Agent({ keepAlive: true });
  readonly #oneRequest = new Agent({ keepAlive: false });
  readonly #active = new Map<string, number>();
  readonly #queue = new Set<Passage>();
  readonly #plainSockets = new Set<Duplex>();
  #port = 0;
  #open = 0;

  constructor(private readonly settings: RouterSettings) {
    this.#server.on('request', (request, response) => this.#enter(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      response.on('finish', () => socket.end());
      socket.on('error', () => socket.destroy());
      this.#enter(request, response, { socket, head });
    });
  }

  /** @throws the system's error if the port is taken */
  async listen(port: number): Promise<number> {
    this.#port = await listen(this.#server, port);
    return this.#port;
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    this.#plainSockets.forEach((socket) => socket.destroy());
    await close(this.#server);
    this.#keepAlive.destroy();
  }

  /** Call it after dynos came up, were stopped or crashed. */
  dynosChanged(): void {
    const ports = new Set(this.settings.formation.up().map(({ port }) => `127.0.0.1:${port}:`));
    // A stopping dyno may wait for its idle connections to end.
    for (const [name, sockets] of Object.entries(this.#keepAlive.freeSockets)) {
      if (!ports.has(name)) {
        sockets?.forEach((socket) => socket.destroy());
      }
    }
    for (const passage of [...this.#queue]) {
      this.#queue.delete(passage);
      this.#dispatch(passage);
    }
  }

  /** Requests without an answer so far, with polls. */
  get open(): number {
    return this.#open;
  }

  #enter(request: IncomingMessage, response: ServerResponse, upgrade?: Passage['upgrade']): void {
    const passage: Passage = {
      request,
      response,
      upgrade,
      headers: this.#headersFor(request, upgrade !== undefined),
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

  #headersFor({ rawHeaders, headers, socket }: IncomingMessage, isUpgrade: boolean): string[] {
    const out: string[] = [];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? '';
      const lower = name.toLowerCase();
      if (!SET_BY_ROUTER.has(lower) && (isUpgrade || !HOP_BY_HOP.has(lower))) {
        out.push(name, rawHeaders[at + 1] ?? '');
      }
    }
    const before = headers['x-forwarded-for'];
    const client = socket.remoteAddress ?? '127.0.0.1';
    const id = headers['x-request-id'];
    out.push('X-Forwarded-For', before === undefined ? client : `${String(before)}, ${client}`);
    out.push('X-Forwarded-Proto', 'http', 'X-Forwarded-Port', `${this.#port}`);
    out.push('X-Request-Id', typeof id === 'string' && /^[\w-]{20,128}$/.test(id) ? id : randomUUID());
    out.push('X-Request-Start', `${Date.now()}`);
    return out;
  }

  #dispatch(passage: Passage): void {
    if (passage.isOver) {
      return;
    }
    const rest = this.settings.formation.rest();
    const candidates = this.#candidates(passage);
    const free = candidates.filter(({ name }) => (this.#active.get(name) ?? 0) < MAX_ACTIVE_PER_DYNO);
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
    const { port } = dyno;
    const { request, response, upgrade } = passage;
    const { method = 'GET', url = '/', headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    const canRepeat = !hasBody && !upgrade && SAFE_METHODS.has(method);
    clearTimeout(passage.timer);
    passage.timer = undefined;
    this.#active.set(dyno.name, (this.#active.get(dyno.name) ?? 0) + 1);

    const toDyno = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path: url,
      headers: passage.headers,
      agent: canRepeat ? this.#keepAlive : this.#oneRequest,
    });
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) {
        isReleased = true;
        clearTimeout(firstByte);
        response.off('close', abandon);
        this.#release(dyno);
      }
    };
    const abandon = (): void => {
      toDyno.destroy();
      release();
    };
    const firstByte = setTimeout(() => {
      abandon();
      this.#fail(passage, 'H12', dyno);
    }, this.settings.times.firstByte);
    response.once('close', abandon);

    let hasAnswered = false;
    toDyno.on('response', (answer) => {
      hasAnswered = true;
      clearTimeout(firstByte);
      response.sendDate = false;
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', withoutHopByHop(answer.rawHeaders));
      answer.on('error', () => undefined);
      answer.on('close', () => {
        if (!answer.complete && !passage.isOver) {
          this.#over(passage, dyno, 'H18');
          response.destroy();
        }
      });
      answer.pipe(response);
      response.on('finish', () => this.#over(passage, dyno, undefined));
      response.on('finish', release);
    });
    toDyno.on('upgrade', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
      hasAnswered = true;
      release();
      if (upgrade) {
        response.detachSocket(request.socket);
        this.#join(upgrade, answer, socket, head);
        this.#over(passage, dyno, undefined);
      } else {
        socket.destroy();
        this.#fail(passage, 'H13', dyno);
      }
    });
    toDyno.on('error', (error: NodeJS.ErrnoException) => {
      request.unpipe(toDyno);
      release();
      if (hasAnswered || passage.isOver) {
        return;
      }
      const isRefused = error.code === 'ECONNREFUSED';
      if (isRefused) {
        passage.refused.add(port);
        if (this.#candidates(passage).length > 0) {
          this.#dispatch(passage);
          return;
        }
      }
      passage.timer = setTimeout(() => {
        passage.timer = undefined;
        if (isRefused) {
          this.#dispatch(passage);
        } else if (toDyno.reusedSocket && canRepeat && this.settings.formation.up().some((one) => one.port === port)) {
          // A dyno may close an idle connection. But a dyno that has ended may have begun to handle the request.
          this.#dispatch(passage);
        } else {
          this.#fail(passage, this.settings.formation.hasCrashed(dyno, port) ? 'H10' : 'H13', dyno);
        }
      }, CRASH_KNOWN_MS);
    });
    if (hasBody) {
      // Send nothing before the connection is made: after a refusal another dyno gets the whole body.
      toDyno.on('socket', (socket) =>
        socket.once('connect', () => {
          // The time for the first byte starts at the end of the request.
          request.on('data', () => firstByte.refresh());
          request.pipe(toDyno);
        }),
      );
    } else {
      toDyno.end();
    }
  }

  /** Joins two connections until one side closes. */
  #join({ socket, head }: NonNullable<Passage['upgrade']>, answer: IncomingMessage, dyno: Socket, first: Buffer): void {
    const lines = [`HTTP/1.1 ${answer.statusCode ?? 101} ${answer.statusMessage ?? ''}`];
    for (let at = 0; at < answer.rawHeaders.length; at += 2) {
      lines.push(`${answer.rawHeaders[at] ?? ''}: ${answer.rawHeaders[at + 1] ?? ''}`);
    }
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.write(first);
    dyno.write(head);
    for (const [from, to] of [
      [socket, dyno],
      [dyno, socket],
    ] as const) {
      this.#plainSockets.add(from);
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.#plainSockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
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
    this.#over(passage, dyno, code);
    // The rest of a body would be parsed as the next request.
    response.shouldKeepAlive = request.complete;
    response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-cache, no-store' });
    response.end(`Application error: ${code}, ${ROUTER_CODES[code]}.\n`);
    request.resume();
  }

  #over(passage: Passage, dyno: WebDyno | undefined, code: RouterCode | undefined): void {
    if (this.#end(passage)) {
      const { onRequest, isPoll } = this.settings;
      if (!isPoll(passage.request)) {
        const { method = 'GET', url = '/' } = passage.request;
        const ms = performance.now() - passage.startedAt;
        onRequest({ method, path: url.split('?')[0] ?? '', dyno: dyno?.name, ms, code });
      }
    }
  }
}

function withoutHopByHop(rawHeaders: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && lower !== 'transfer-encoding') {
      out.push(name, rawHeaders[at + 1] ?? '');
    }
  }
  return out;
}
