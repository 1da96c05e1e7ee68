/** A router before real servers, new for each test of a file, and raw connections to it. */
import { afterEach, beforeEach } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server as HttpServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { WebDyno } from '../../../../cli/heroku/formation.js';
import type { RoutedRequest } from '../../../../cli/heroku/router-passage.js';
import { Router } from '../../../../cli/heroku/router.js';
import { freePort } from '../../../../tools/redis-server.js';

/** Longer than any test takes, but for those of a time that is over. */
export const TIMES = { firstByte: 10_000, queue: 10_000, silence: 10_000 };

export class RouterRun {
  readonly servers: Server[] = [];
  readonly sockets = new Set<Socket>();
  up: WebDyno[] = [];
  rest: 'starting' | 'crashed' | 'none' = 'none';
  crashed: WebDyno[] = [];
  readonly routed: RoutedRequest[] = [];
  readonly times = { ...TIMES };
  port = 0;
  readonly #listeners = new Set<() => void>();
  readonly router = new Router({
    formation: {
      up: () => this.up,
      rest: () => this.rest,
      hasCrashed: (one) => this.crashed.some(({ port }) => port === one.port),
    },
    times: this.times,
    onRequest: (one) => {
      this.routed.push(one);
      this.#listeners.forEach((listen) => listen());
    },
    isPoll: ({ url: path }) => path === '/poll',
  });

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get codes(): unknown[] {
    return this.routed.map(({ code }) => code);
  }

  /** Resolves when so many requests have ended. */
  async untilRouted(count: number): Promise<void> {
    while (this.routed.length < count) {
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  async dyno(name: string, listener: RequestListener, options = {}): Promise<WebDyno & { server: HttpServer }> {
    const server = createServer(options, listener);
    return { ...(await this.#listen(name, server)), server };
  }

  /** A dyno that gets bare connections. */
  async rawDyno(name: string, listener: (socket: Socket) => void): Promise<WebDyno> {
    return this.#listen(name, createTcpServer({ allowHalfOpen: true }, listener));
  }

  async refusing(name: string): Promise<void> {
    this.up.push({ name, port: await freePort() });
  }

  /** Sends this text, and collects the answer. */
  raw(text: string | Buffer): RawUser {
    const socket = connect(this.port, '127.0.0.1');
    this.sockets.add(socket);
    socket.write(text);
    return new RawUser(socket);
  }

  async close(): Promise<void> {
    await this.router.close();
    this.sockets.forEach((socket) => socket.destroy());
    this.servers.forEach((server) => server.close());
  }

  async #listen(name: string, server: Server): Promise<WebDyno> {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    this.servers.push(server);
    await once(server, 'listening');
    const started = { name, port: (server.address() as AddressInfo).port };
    this.up.push(started);
    return started;
  }
}

export class RawUser {
  text = '';
  readonly closed: Promise<unknown>;
  readonly #listeners = new Set<() => void>();

  constructor(readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#listeners.forEach((listen) => listen()));
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.#listeners.forEach((listen) => listen());
    });
  }

  /** Resolves with all that came, once this is in it. */
  async received(part: string): Promise<string> {
    while (!this.text.includes(part)) {
      if (this.socket.destroyed) {
        throw new Error(`closed without ${JSON.stringify(part)}: ${this.text}`);
      }
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
    return this.text;
  }
}

/** A router for each test of the file. */
export function routerForEach(): () => RouterRun {
  let run: RouterRun;
  beforeEach(async () => {
    run = new RouterRun();
    run.port = await run.router.listen(0);
  });
  afterEach(async () => run.close());
  return () => run;
}

export async function bodyOf(message: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of message) {
    body += String(chunk);
  }
  return body;
}
