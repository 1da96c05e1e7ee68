/** The line of the router log on the stdout of a real process, for any logger and any reader. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import type { HireFireWebOptions } from '../../lib/index.js';
import { RouterLog } from '../../lib/web/router-log.js';
import { HttpClient, type Answer } from '../support/http-client.js';
import { startHost, type AdapterName } from '../support/http-hosts.js';
import { closingAfterEach, RawConnection, statusesOf, wireRequest } from './support.js';

/** The clock of the app. */
const NOW = 1_800_000_000_000;

const LOG: HireFireWebOptions = { log: true, dispatch: false };

const running: ChildProcess[] = [];
const closing = closingAfterEach();

afterEach(() => {
  running.splice(0).forEach((child) => child.kill('SIGKILL'));
});

interface AppOptions {
  readonly adapter?: AdapterName;
  readonly logger?: 'none' | 'plain' | 'json';
  readonly web?: HireFireWebOptions;
  /** How many characters it writes to stdout first. */
  readonly filler?: number;
  /** Receives its stdout instead of a pipe. */
  readonly stdout?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** An app in another process. */
class ServedApp {
  readonly stdout: Readable;
  #errors = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {
    this.stdout = child.stdout ?? Readable.from([]);
    child.stderr?.on('data', (data) => (this.#errors += String(data)));
  }

  static async start(options: AppOptions = {}): Promise<ServedApp> {
    const { adapter = 'Express', logger = 'none', web = LOG, filler = 0, stdout = 'pipe', env } = options;
    const args = ['test/web/router-log-app.mjs', JSON.stringify({ adapter, logger, web, filler })];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, NODE_ENV: 'test', HIREFIRE_TOKEN: '', ...env },
      stdio: ['ignore', stdout, 'pipe', 'ipc'],
    });
    running.push(child);
    const [port] = (await once(child, 'message')) as unknown[];
    return new ServedApp(child, Number(port));
  }

  /** Sends requests with these queue times in one pipeline; resolves to the statuses of the answers. */
  async ask(queueTimes: readonly number[]): Promise<number[]> {
    const connection = RawConnection.to(this.port);
    const requests = queueTimes.map((queueTime, index) =>
      wireRequest('GET /nowhere', {
        'X-Request-Start': `${NOW - queueTime}`,
        ...(index === queueTimes.length - 1 ? { Connection: 'close' } : {}),
      }),
    );
    connection.send(requests.join(''));
    return statusesOf(await connection.answer());
  }

  /** Ends it as Heroku does; resolves to what it wrote to stderr. */
  async end(): Promise<string> {
    const exit = once(this.child, 'close');
    this.child.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGTERM']);
    return this.#errors;
  }
}

async function everythingOf(stdout: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stdout) {
    text += String(chunk);
  }
  return text;
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index);
const linesOf = (queueTimes: readonly number[]): string =>
  queueTimes.map((queueTime) => `[hirefire:router] queue=${queueTime}ms\n`).join('');

it.each([
  ['plain', 'Express'],
  ['json', 'Fastify'],
] as const)('a line is as it must be among those of a %s logger, on %s', async (logger, adapter) => {
  const app = await ServedApp.start({ adapter, logger });
  const written = everythingOf(app.stdout);
  const queueTimes = [162, 0, 60_000, ...upTo(500)];
  expect(await app.ask(queueTimes)).toEqual(queueTimes.map(() => 404));
  expect(await app.end()).toBe('');

  const lines = (await written).split(/(?<=\n)/);
  expect(lines.filter((line) => line.includes('hirefire:router')).join('')).toBe(linesOf(queueTimes));
  const others = lines.filter((line) => !line.includes('hirefire:router'));
  expect(others.length).toBeGreaterThan(0);
  if (logger === 'json') {
    expect(others.map((line): unknown => JSON.parse(line))).toEqual(
      others.map((): unknown => expect.objectContaining({ level: expect.any(String), pid: expect.any(Number) })),
    );
  } else {
    expect(others.filter((line) => !line.includes('[Nest]'))).toEqual([]);
  }
});

describe('a stdout', () => {
  it('without a reader holds up no request, and a later reader finds every line', async () => {
    // More than a pipe and both its ends hold.
    const filler = 2 ** 21;
    const app = await ServedApp.start({ filler });
    expect(await app.ask([1, 2, 3])).toEqual([404, 404, 404]);
    expect(await app.ask([4, 5])).toEqual([404, 404]);
    let text = '';
    // Two chunks may come at once.
    app.stdout.on('data', (chunk) => (text += String(chunk)));
    while (text.length < filler + linesOf([1, 2, 3, 4, 5]).length) {
      await once(app.stdout, 'data');
    }
    expect(text.slice(filler)).toBe(linesOf([1, 2, 3, 4, 5]));
    expect(await app.end()).toBe('');
  });

  it('that is closed ends neither the app nor a request', async () => {
    const app = await ServedApp.start();
    app.stdout.destroy();
    await once(app.stdout, 'close');
    for (const queueTime of upTo(20)) {
      expect(await app.ask([queueTime, 1, 2])).toEqual([404, 404, 404]);
    }
    expect(await app.end()).toBe('');
  });

  it('that is a file on a full disk ends neither the app nor a request', async () => {
    const file = closing(await open('/dev/full', 'w'));
    const app = await ServedApp.start({ stdout: file.fd });
    for (const queueTime of upTo(5)) {
      expect(await app.ask([queueTime])).toEqual([404]);
    }
    expect(await app.end()).toBe('');
  });

  it('that throws, as one may that is replaced, ends nothing, and nothing of ours stays on it', async () => {
    const { stdout } = process;
    const listeners = stdout.listenerCount('error');
    const write = stdout.write.bind(stdout);
    let thrown = 0;
    const replaced = jest.spyOn(stdout, 'write').mockImplementation((...args: Parameters<typeof write>) => {
      const [chunk] = args;
      if (typeof chunk === 'string' && chunk.startsWith('[hirefire')) {
        thrown += 1;
        throw new Error('write after end');
      }
      return write(...args);
    });
    const app = closing(await startHost({ name: 'an app' }, 'Express', { web: LOG }));
    const client = closing(HttpClient.of(app));
    const ask = (): Promise<Answer> => client.get('/cats/tom', { 'X-Request-Start': `${Date.now()}` });
    expect([await ask(), await ask()]).toMatchObject([{ body: 'meow' }, { body: 'meow' }]);
    replaced.mockRestore();
    expect(thrown).toBe(2);
    expect(stdout.listenerCount('error')).toBe(listeners);
  });

  it('that is slow has one listener of ours, however many apps write to it, and none when it has written all', async () => {
    const { stdout } = process;
    const listeners = stdout.listenerCount('error');
    const written: unknown[] = [];
    const slow = jest.spyOn(stdout, 'write').mockImplementation((...args: unknown[]) => {
      written.push(args.at(-1));
      return false;
    });
    for (let app = 0; app < 12; app++) {
      const log = new RouterLog();
      log.add(app);
      log.stop();
    }
    slow.mockRestore();
    expect(written).toHaveLength(12);
    expect(stdout.listenerCount('error')).toBe(listeners + 1);
    for (const end of written) {
      if (typeof end === 'function') {
        Reflect.apply(end, undefined, []);
      }
    }
    await new Promise(setImmediate);
    expect(stdout.listenerCount('error')).toBe(listeners);
  });
});

describe('where it goes', () => {
  const posts: unknown[] = [];
  let connections = 0;

  /** An app that knows where to send to, and may not want to. */
  const run = async (web: HireFireWebOptions): Promise<string> => {
    posts.length = 0;
    connections = 0;
    const sink = closing(
      createServer((request, response) => {
        void everythingOf(request).then((body) => {
          posts.push(JSON.parse(body));
          response.end();
        });
      }),
    );
    sink.on('connection', () => (connections += 1));
    sink.listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const address = sink.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const app = await ServedApp.start({
      web,
      env: { HIREFIRE_DISPATCH_URL: `http://127.0.0.1:${port}/`, HIREFIRE_TOKEN: 'secret' },
    });
    const written = everythingOf(app.stdout);
    await app.ask([5, 162]);
    expect(await app.end()).toBe('');
    return written;
  };

  it('to stdout alone with dispatch: false', async () => {
    expect(await run(LOG)).toBe(linesOf([5, 162]));
    expect([connections, posts]).toEqual([0, []]);
  });

  it('to stdout and to HireFire with both', async () => {
    expect(await run({ log: true })).toBe(linesOf([5, 162]));
    expect([connections, posts]).toEqual([1, [{ '1800000000': [5, 162] }]]);
  });
});
