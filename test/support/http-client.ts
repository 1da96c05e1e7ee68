/** Plain HTTP/1.1 over kept-alive connections: what is sent and what arrives, untouched. */
import { Agent, request, Server, type OutgoingHttpHeaders } from 'node:http';
import type { INestApplication } from '@nestjs/common';

export interface Answer {
  readonly status: number;
  /** Lower-case names, sorted; without what differs from one moment and connection to the next. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
}

const VOLATILE_HEADERS = ['date', 'connection', 'keep-alive'];

export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  private constructor(private readonly port: number) {}

  /** @param app - listens on 127.0.0.1 */
  static of(app: INestApplication | Server): HttpClient {
    return new HttpClient(portOf(app));
  }

  ask({ method = 'GET', path, headers = {} }: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { port } = this;
      const sent = request({ host: '127.0.0.1', port, agent: this.#agent, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers)
                .filter(([name]) => !VOLATILE_HEADERS.includes(name))
                .map(([name, value]) => [name, String(value)] as const)
                .sort(([a], [b]) => (a < b ? -1 : 1)),
            ),
            body: Buffer.concat(chunks).toString('latin1'),
          });
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.ask({ path, headers });
  }

  /** Asks in parallel; the answers are in the order of the questions, each with its own. */
  askAll(questions: readonly Question[]): Promise<(Answer & { readonly question: Question })[]> {
    return Promise.all(questions.map(async (question) => ({ question, ...(await this.ask(question)) })));
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Of an app without TLS. */
export function serverOf(app: INestApplication): Server {
  const server: unknown = app.getHttpServer();
  if (isServer(server)) {
    return server;
  }
  throw new Error('the app has no plain HTTP server');
}

function isServer(value: unknown): value is Server {
  return value instanceof Server;
}

/** @param app - listens on a port */
export function portOf(app: INestApplication | Server): number {
  const address = (isServer(app) ? app : serverOf(app)).address();
  if (address === null || typeof address === 'string') {
    throw new Error('the app listens on no port');
  }
  return address.port;
}
