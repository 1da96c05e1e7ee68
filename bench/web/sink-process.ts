/** Plays the services that are sent queue times. Reports its port, then how many each POST brought. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { report } from '../support/child.js';
import { portOf } from '../support/ports.js';

/**
 * HireFire's agent keeps 240,000 queue times per time to live: with the shortest, 48,000 a second, so that every single
 * one arrives however fast the app is, and can be counted.
 */
const ANSWER_HEADERS = { 'HireFire-Resource-Buffer-TTL': '5', 'Content-Length': 0 };

/** HireFire's body: queue times by second. */
type HireFireBody = Readonly<Record<string, readonly number[]>>;

/** Judoscale's body: time, value and kind of each metric, `qt` being a queue time. */
interface JudoscaleBody {
  readonly metrics: readonly (readonly [time: number, value: number, kind: string, queue: string | null])[];
}

async function queueTimesOf(request: IncomingMessage): Promise<number> {
  const body: unknown = JSON.parse(await text(request));
  if (request.url === '/v3/reports') {
    return (body as JudoscaleBody).metrics.filter(([, , kind]) => kind === 'qt').length;
  }
  return Object.values(body as HireFireBody).flat().length;
}

const server = createServer((request, response) => {
  void queueTimesOf(request).then((count) => {
    response.writeHead(200, ANSWER_HEADERS).end();
    report(count);
  });
}).listen(0, '127.0.0.1', () => report(portOf(server)));
