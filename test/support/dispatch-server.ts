/** Plays HireFire's end of the dispatch: real TLS, real sockets, and whatever can go wrong with a server. */
import { EventEmitter, once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import tls from 'node:tls';
import { CertificateAuthority, type Certificate } from '../../tools/certificates.js';

/** A POST whose body arrived whole. */
export interface Post {
  readonly method: string | undefined;
  readonly path: string | undefined;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** The number of its connection, counted from 1. */
  readonly connection: number;
}

export interface Exchange {
  readonly response: ServerResponse;
  /** Carries the bytes of an answer. */
  readonly stream: Socket;
  /** Below TLS. */
  readonly socket: Socket;
  /** Records that HireFire took the POST: call it when you send the head of a 2xx answer. */
  readonly take: () => void;
}

/** The server reacts like this to a POST that has arrived whole. */
export type Reaction = (exchange: Exchange) => void;

export function answer(status: number, headers: OutgoingHttpHeaders = {}, body = ''): Reaction {
  return ({ response, take }) => {
    if (status >= 200 && status < 300) {
      take();
    }
    response.writeHead(status, headers).end(body);
  };
}

export const hang: Reaction = () => undefined;

let authority: CertificateAuthority | undefined;

/** The authority that this process trusts from now on, instead of those that Node comes with. */
export function trustedAuthority(): CertificateAuthority {
  if (!authority) {
    const { cert } = (authority = CertificateAuthority.create());
    // Node 20 can be given one only when it starts.
    const { createSecureContext } = tls;
    tls.createSecureContext = (options) => createSecureContext({ ca: cert, ...options });
  }
  return authority;
}

/** The names that it is reached by. */
export const SERVER_NAMES = ['127.0.0.1', 'dispatch.invalid'];

interface Connection {
  readonly number: number;
  readonly socket: Socket;
}

export class DispatchServer {
  readonly posts: Post[] = [];
  /** Those that were answered 2xx. */
  readonly taken: Post[] = [];
  react: Reaction = answer(200);
  connections = 0;
  mostSockets = 0;
  mostInFlight = 0;
  /** By the client's port. */
  readonly #open = new Map<number | undefined, Connection>();
  readonly #inFlight = new Set<ServerResponse>();
  readonly #changes = new EventEmitter();
  #port = 0;
  #isMute = false;

  private constructor(
    private readonly front: NetServer,
    private readonly server: HttpServer | HttpsServer,
  ) {
    // Nothing but a test ends a connection.
    server.keepAliveTimeout = 0;
    front.on('connection', (socket) => this.#onConnection(socket));
    server.on('request', (request, response) => this.#onRequest(request, response));
  }

  /** With TLS, and a certificate that this run's Node trusts unless another one is given. */
  static start(certificate = trustedAuthority().issue(SERVER_NAMES)): Promise<DispatchServer> {
    return DispatchServer.#listening(createHttpsServer(certificate));
  }

  static startWithoutTls(): Promise<DispatchServer> {
    return DispatchServer.#listening(createHttpServer());
  }

  static async #listening(server: HttpServer | HttpsServer): Promise<DispatchServer> {
    const started = new DispatchServer(createServer(), server);
    await started.open();
    return started;
  }

  get url(): string {
    return this.urlOf('127.0.0.1');
  }

  urlOf(name: string): string {
    return `${this.server instanceof HttpsServer ? 'https' : 'http'}://${name}:${this.#port}/`;
  }

  get socketsOpen(): number {
    return this.#open.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Looks again whenever a POST has come, or has been answered or given up. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await once(this.#changes, 'change');
    }
  }

  showCertificate(certificate: Certificate): void {
    if (this.server instanceof HttpsServer) {
      this.server.setSecureContext(certificate);
    }
  }

  /** Accepts connections but sends nothing on them, not even TLS; or answers again. */
  mute(isMute: boolean): void {
    this.#isMute = isMute;
  }

  /** Listens, again on the port that it had. */
  async open(): Promise<void> {
    this.front.listen(this.#port, '127.0.0.1');
    await once(this.front, 'listening');
    const address = this.front.address();
    if (address !== null && typeof address === 'object') {
      this.#port = address.port;
    }
  }

  /** Refuses connections from now on, and cuts those there are. */
  async close(): Promise<void> {
    if (this.front.listening) {
      const closed = once(this.front, 'close');
      this.front.close();
      this.cut();
      await closed;
    }
  }

  /** Ends the connections there are. */
  cut(): void {
    this.#open.forEach(({ socket }) => socket.destroy());
  }

  /** Answers what was left without an answer. */
  answerLate(): void {
    this.#inFlight.forEach((response) => response.writeHead(200).end());
  }

  #onConnection(socket: Socket): void {
    this.connections += 1;
    const { remotePort } = socket;
    this.#open.set(remotePort, { number: this.connections, socket });
    this.mostSockets = Math.max(this.mostSockets, this.#open.size);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#open.delete(remotePort));
    if (this.#isMute) {
      socket.resume();
    } else {
      this.server.emit('connection', socket);
    }
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.get(request.socket.remotePort);
    this.#inFlight.add(response);
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight.size);
    response.on('close', () => {
      this.#inFlight.delete(response);
      this.#changes.emit('change');
    });
    let body = '';
    request.setEncoding('utf8');
    request.on('error', () => undefined);
    request.on('data', (text: string) => (body += text));
    request.on('end', () => {
      if (connection) {
        const { method, url, rawHeaders } = request;
        const post = { method, path: url, rawHeaders, body, connection: connection.number };
        this.posts.push(post);
        this.react({
          response,
          stream: request.socket,
          socket: connection.socket,
          take: () => this.taken.push(post),
        });
        this.#changes.emit('change');
      }
    });
  }
}

/** Every queue time of these POSTs, sorted. */
export function queueTimesOf(posts: readonly Post[]): number[] {
  return posts
    .flatMap(({ body }) => Object.values(JSON.parse(body) as Record<string, number[]>).flat())
    .sort((a, b) => a - b);
}
