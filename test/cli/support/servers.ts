/** Servers that the command line is tried on: any app, and what is none. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { createServer as createRawServer, type AddressInfo, type Server as RawServer, type Socket } from 'node:net';
import type { Certificate } from '../../../tools/certificates.js';

export interface Running {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const running = new Set<Running>();

/** For `afterEach()`: no server outlives its test. */
export async function closeServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.close()));
}

export function serve(listener: RequestListener): Promise<Running> {
  return listening(createServer(listener), 'http');
}

export function serveTls(certificate: Certificate, listener: RequestListener): Promise<Running> {
  return listening(createTlsServer(certificate, listener), 'https');
}

/** Bytes, in place of HTTP. */
export function serveRaw(onRequest: (socket: Socket) => void): Promise<Running> {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => onRequest(socket));
  });
  return listening(server, 'http');
}

async function listening(server: Server | RawServer, scheme: string): Promise<Running> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const one: Running = {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    close: async () => {
      running.delete(one);
      const closed = once(server, 'close');
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
  running.add(one);
  return one;
}

export const TOKEN = 'open-sesame-2026';

export interface Agent {
  /** The answer to the right token, an array of processes or a text. */
  readonly info?: unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ways in which the token may come. */
  readonly ways?: readonly ('header' | 'path')[];
  readonly test?: string;
  /** Takes the place of the answer to the right token. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers any other request. */
  readonly otherwise?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** The headers of the official agents. */
export const AGENT_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'must-revalidate, private, max-age=0',
  'hirefire-resource': 'Node-1.2.0',
};

/** An app whose agent answers as the official one for Node does, unless the settings change it. */
export function agent(settings: Agent = {}): RequestListener {
  const {
    info = [{ name: 'worker', value: 4 }],
    status = 200,
    headers = AGENT_HEADERS,
    ways = ['header', 'path'],
  } = settings;
  const otherwise = settings.otherwise ?? ((_request, response) => response.writeHead(404).end('Not Found'));
  return (request, response) => {
    if (request.url === '/hirefire/test') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(settings.test ?? 'HireFire Middleware Found!');
      return;
    }
    const byHeader = request.url === '/hirefire' && request.headers['hirefire-token'] === TOKEN;
    const byPath = request.url === `/hirefire/${TOKEN}/info`;
    if ((byHeader && ways.includes('header')) || (byPath && ways.includes('path'))) {
      if (settings.answer !== undefined) {
        settings.answer(request, response);
        return;
      }
      response.writeHead(status, headers).end(typeof info === 'string' ? info : JSON.stringify(info));
      return;
    }
    otherwise(request, response);
  };
}
