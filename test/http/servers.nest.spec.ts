/** The watch of servers: its listeners, their removal, and apps without a server or with several. */
import { describe, expect, it, jest } from '@jest/globals';
import { hasSubscribers } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { DynamicModule, INestApplication, INestApplicationContext, NestApplicationOptions } from '@nestjs/common';
import { HttpAdapterHost, NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { Transport, type TcpOptions } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import express from 'express';
import { HireFireModule, type HireFireModuleOptions } from '../../lib/index.js';
import { HttpClient, portOf, serverOf } from '../support/http-client.js';
import { ADAPTERS, newAdapter, QUIET, startHost } from '../support/http-hosts.js';
import { RecordingLogger } from '../support/http-logs.js';
import { stoppedClock } from '../support/clock.js';
import { closingAfterEach, LOG_ONLY, queuedFor, RawConnection, routerLines, wireRequest } from '../web/support.js';

stoppedClock();
const lines = routerLines();
const closing = closingAfterEach();

/** The number of listeners per event of a server, and whether new connections have a subscriber. */
function hooks(app: INestApplication): Record<string, unknown> {
  const server = serverOf(app);
  return {
    ...Object.fromEntries(server.eventNames().map((name) => [name, server.listenerCount(name)])),
    connections: hasSubscribers('net.server.socket'),
  };
}

async function ask(port: number, queueTime: number, host = '127.0.0.1', path = '/cats/tom'): Promise<void> {
  const connection = RawConnection.to(port, host);
  connection.send(wireRequest(`GET ${path}`, { ...queuedFor(queueTime), Connection: 'close' }));
  expect(await connection.answer()).toMatch(/^HTTP\/1\.1 (200|404) /);
}

type Options = Pick<NestApplicationOptions, 'logger' | 'abortOnError' | 'httpsOptions'>;

const loggingTo = (logger: RecordingLogger): Options => ({ ...QUIET, logger });

const moduleWith = (...options: HireFireModuleOptions[]): DynamicModule => ({
  module: class AppModule {},
  imports: options.map((one) => HireFireModule.forRoot(one)),
});

describe.each(ADAPTERS)('on %s', (adapter) => {
  const start = (hireFire: HireFireModuleOptions | 'none', logger = new RecordingLogger()): Promise<INestApplication> =>
    startHost({ name: 'a plain app' }, adapter, hireFire, { logger });

  /** The listeners that an app leaves on its server, and the timers per request. */
  const traces = async (hireFire: HireFireModuleOptions | 'none'): Promise<unknown> => {
    const app = closing(await start(hireFire));
    const started = hooks(app);
    const timers = (['setTimeout', 'setInterval', 'setImmediate'] as const).map((name) => jest.spyOn(globalThis, name));
    const before = timers.map(({ mock }) => mock.calls.length);
    await ask(portOf(app), 5);
    const taken = timers.map(({ mock }, index) => mock.calls.length - (before[index] ?? 0));
    const asked = hooks(app);
    await app.close();
    return { started, asked, taken, closed: hooks(app) };
  };

  it.each<[string, HireFireModuleOptions]>([
    ['without the option', {}],
    ['with the option off', { web: false }],
    ['with neither of the two ways', { web: { dispatch: false } }],
    ['with the way that needs a token, and no token', { web: true }],
  ])('nothing is hooked %s', async (_name, options) => {
    expect(await traces(options)).toEqual(await traces('none'));
    expect(await lines.take()).toEqual([]);
  });

  it('a request is watched by one listener, which adds no other, and closing the app takes it off', async () => {
    const plainApp = closing(await start('none'));
    const app = closing(await start(LOG_ONLY));
    [plainApp, app].forEach((one) => serverOf(one).on('upgrade', () => undefined));
    const watched = {
      ...hooks(plainApp),
      request: 2,
      upgrade: 2,
      newListener: 1,
      removeListener: 1,
      connections: true,
    };
    expect(hooks(app)).toEqual(watched);
    for (const queueTime of [1, 2, 3]) {
      await ask(portOf(app), queueTime);
      expect(hooks(app)).toEqual(watched);
    }
    await plainApp.close();
    await app.close();
    expect(hooks(app)).toEqual(hooks(plainApp));
    expect(await lines.take()).toEqual([1, 2, 3]);
  });

  it('nothing is measured after the app was closed, even if our listener was kept', async () => {
    const app = closing(await start(LOG_ONLY));
    const server = serverOf(app);
    const [listener] = server.listeners('request');
    await ask(portOf(app), 1);
    await app.close();
    listener?.({ url: '/', headers: { 'x-request-start': `${Date.now()}` } });
    expect(await lines.take()).toEqual([1]);
  });

  it('lines that wait to be written are written when the app is closed', async () => {
    const app = closing(await start(LOG_ONLY));
    const later = jest.spyOn(globalThis, 'setImmediate').mockReturnValue(setImmediate(() => undefined));
    await ask(portOf(app), 9);
    await ask(portOf(app), 8);
    later.mockRestore();
    expect(await lines.take()).toEqual([]);
    await app.close();
    expect(await lines.take()).toEqual([9, 8]);
  });

  it('a library that takes all listeners off and calls them itself leaves nothing unseen, and nothing twice', async () => {
    const app = closing(await start(LOG_ONLY));
    const server = serverOf(app);
    // As Socket.IO does when it is attached to a server.
    const wrap = (own: string): void => {
      const others = server.listeners('request');
      server.removeAllListeners('request');
      server.on('request', (asked: IncomingMessage, response: ServerResponse) => {
        if (asked.url?.startsWith(own)) {
          response.end('own');
        } else {
          others.forEach((listener) => void Reflect.apply(listener, server, [asked, response]));
        }
      });
    };
    wrap('/socket.io/');
    const client = closing(HttpClient.of(app));
    const get = async (path: string, queueTime: number): Promise<string> =>
      (await client.get(path, queuedFor(queueTime))).body;
    expect(await get('/socket.io/?transport=polling', 1)).toBe('own');
    expect(await get('/cats/tom', 2)).toBe('meow');
    wrap('/other/');
    expect(await get('/other/', 3)).toBe('own');
    expect(await get('/socket.io/', 4)).toBe('own');
    expect(await get('/cats/tom', 5)).toBe('meow');
    expect(await lines.take()).toEqual([1, 2, 3, 4, 5]);
    await app.close();
    expect(server.listenerCount('request')).toBe(1);
  });

  it('a library that takes all listeners off as the app ends gets rid of ours', async () => {
    const app = closing(await start(LOG_ONLY));
    const server = serverOf(app);
    server.removeAllListeners();
    await app.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.listenerCount('request')).toBe(0);
  });

  it('an app without a token logs once what to set, and still writes its lines', async () => {
    const warnings = async (options: HireFireModuleOptions): Promise<string[]> => {
      const logger = new RecordingLogger();
      const app = closing(await start({ token: '', ...options }, logger));
      await ask(portOf(app), 6);
      await ask(portOf(app), 7);
      return logger.hireFire('warn').filter((warning) => !warning.includes('No proc was found'));
    };
    const noToken =
      'No token is set, so request queue times are not sent to HireFire. Set HIREFIRE_TOKEN to the token that HireFire shows ' +
      'for this app. HireFire';
    expect(await warnings({ web: true })).toEqual([noToken]);
    expect(await lines.take()).toEqual([]);
    expect(await warnings({ web: { log: true } })).toEqual([noToken]);
    expect(await lines.take()).toEqual([6, 7]);
    expect(await warnings(LOG_ONLY)).toEqual([]);
    expect(await lines.take()).toEqual([6, 7]);
  });

  it.each(['run.1', 'release.2'])(
    'the one-off dyno %s writes its lines, and logs nothing about what it does not send',
    async (dyno) => {
      process.env.DYNO = dyno;
      try {
        const logger = new RecordingLogger();
        const app = closing(await start({ token: 'secret', web: { log: true, url: 'http://127.0.0.1:1/' } }, logger));
        await ask(portOf(app), 6);
        await app.close();
        expect(await lines.take()).toEqual([6]);
        expect(logger.toString()).not.toContain('request queue time');
      } finally {
        delete process.env.DYNO;
      }
    },
  );

  it('two apps of one process measure their own requests', async () => {
    const [first, second] = [closing(await start(LOG_ONLY)), closing(await start(LOG_ONLY))];
    await ask(portOf(first), 1);
    await ask(portOf(second), 2);
    await first.close();
    await ask(portOf(second), 3);
    expect(await lines.take()).toEqual([1, 2, 3]);
  });

  it('an app whose options come by a factory is measured', async () => {
    const module = {
      module: class AppModule {},
      imports: [HireFireModule.forRootAsync({ useFactory: async () => LOG_ONLY })],
    };
    const app = closing(await NestFactory.create(module, newAdapter(adapter), QUIET));
    await app.listen(0, '127.0.0.1');
    await ask(portOf(app), 3);
    expect(await lines.take()).toEqual([3]);
  });

  it('an app of the testing module is measured, also when it listens again for each request', async () => {
    const module = await Test.createTestingModule({ imports: [moduleWith(LOG_ONLY)] }).compile();
    const app = closing(module.createNestApplication(newAdapter(adapter), QUIET));
    await app.init();
    const server = serverOf(app);
    if (adapter === 'Fastify') {
      const adapterOfApp: AbstractHttpAdapter = app.get(HttpAdapterHost).httpAdapter;
      await adapterOfApp.getInstance<{ ready(): Promise<void> }>().ready();
    }
    for (const queueTime of [1, 2]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await ask(portOf(app), queueTime);
      server.close();
      await once(server, 'close');
    }
    expect(await lines.take()).toEqual([1, 2]);
  });

  it('a second import of the module measures once', async () => {
    const logger = new RecordingLogger();
    const module = moduleWith(LOG_ONLY, { ...LOG_ONLY, timeout: 5 });
    const app = closing(await NestFactory.create(module, newAdapter(adapter), loggingTo(logger)));
    await app.listen(0, '127.0.0.1');
    await ask(portOf(app), 4, '127.0.0.1', '/nowhere');
    expect(await lines.take()).toEqual([4]);
    expect(logger.hireFire('warn')).toContainEqual(expect.stringMatching(/^HireFireModule is imported more than once/));
  });

  it('an app with TLS is measured', async () => {
    const psk = Buffer.alloc(32, 1);
    // Keys shared beforehand, instead of certificates.
    const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' as const };
    const httpsOptions = { ...tls, pskCallback: () => psk };
    const options: Options = { ...QUIET, httpsOptions };
    const app = closing(
      adapter === 'Express'
        ? await NestFactory.create(moduleWith(LOG_ONLY), newAdapter(adapter), options)
        : await NestFactory.create(moduleWith(LOG_ONLY), new FastifyAdapter({ https: httpsOptions }), QUIET),
    );
    await app.listen(0, '127.0.0.1');
    const { port } = new URL(await app.getUrl());
    for (const queueTime of [3, 1]) {
      const asked: RequestOptions & ConnectionOptions = {
        ...tls,
        host: '127.0.0.1',
        port: Number(port),
        path: '/nowhere',
        headers: queuedFor(queueTime),
        agent: false,
        pskCallback: () => ({ psk, identity: 'test' }),
        checkServerIdentity: () => undefined,
      };
      const sent = requestHttps(asked);
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(404);
      response.resume();
      await once(response, 'end');
    }
    expect(await lines.take()).toEqual([3, 1]);
  });
});

describe('several servers of one app', () => {
  it('each one that is made of its instance of Express is measured, and left as it was', async () => {
    const instance = express();
    const app = closing(await NestFactory.create(moduleWith(LOG_ONLY), new ExpressAdapter(instance), QUIET));
    await app.init();
    const [first, second, others] = [createServer(instance), createServer(instance), createServer(express())];
    const portsOf: number[] = [];
    for (const server of [first, second, others]) {
      closing(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      portsOf.push(typeof address === 'object' && address ? address.port : 0);
    }
    for (const [queueTime, port] of [...portsOf, ...portsOf].entries()) {
      await ask(port, queueTime, '127.0.0.1', '/nowhere');
    }
    expect(await lines.take()).toEqual([0, 1, 3, 4]);

    await app.close();
    expect([first, second].map((server) => server.listenerCount('request'))).toEqual([1, 1]);
    await ask(portsOf[0] ?? 0, 6, '127.0.0.1', '/nowhere');
    expect(await lines.take()).toEqual([]);
  });

  /** Listens on another port until the test is over. */
  const listening = async (server: ReturnType<typeof createServer>): Promise<number> => {
    closing({ close: () => server.close().closeAllConnections() });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };

  /** Asks twice over one connection, twice over separate connections, and once for HireFire. */
  const askOften = async (port: number, path = '/nowhere'): Promise<void> => {
    const connection = RawConnection.to(port);
    connection.send(wireRequest(`GET ${path}`, queuedFor(1)));
    connection.send(wireRequest(`GET ${path}`, { ...queuedFor(2), Connection: 'close' }));
    await connection.answer();
    await ask(port, 3, '127.0.0.1', path);
    await ask(port, 4, '127.0.0.1', path);
    await ask(port, 5, '127.0.0.1', '/hirefire/test');
  };

  it('an app of Express that is mounted in another one is measured, from its first request on', async () => {
    const instance = express();
    const app = closing(await NestFactory.create(moduleWith(LOG_ONLY), new ExpressAdapter(instance), QUIET));
    await app.init();
    const parent = express();
    parent.get('/own', (_request, response) => void response.end('own'));
    parent.use(instance);
    const port = await listening(createServer(parent));

    await askOften(port);
    expect(await lines.take()).toEqual([1, 2, 3, 4]);
    await app.close();
    await askOften(port);
    expect(await lines.take()).toEqual([]);
  });

  it('requests that wait in a parent app when the first one comes through are measured too', async () => {
    const instance = express();
    const app = closing(await NestFactory.create(moduleWith(LOG_ONLY), new ExpressAdapter(instance), QUIET));
    await app.init();
    const gate: (() => void)[] = [];
    const parent = express().use((request, _response, next) => {
      if (request.path === '/late') {
        gate.push(next);
      } else {
        next();
      }
    });
    const server = createServer(parent.use(instance));
    const port = await listening(server);

    const late = ask(port, 1, '127.0.0.1', '/late');
    await once(server, 'request');
    await ask(port, 2, '127.0.0.1', '/nowhere');
    gate.forEach((pass) => pass());
    await late;
    await ask(port, 3, '127.0.0.1', '/nowhere');
    expect(await lines.take()).toEqual([2, 1, 3]);
  });

  it('an app of Express below a path of another one is measured, and polled there', async () => {
    const instance = express();
    const app = closing(await NestFactory.create(moduleWith(LOG_ONLY), new ExpressAdapter(instance), QUIET));
    await app.init();
    const port = await listening(createServer(express().use('/nest', instance)));

    await ask(port, 1, '127.0.0.1', '/nest/nowhere');
    await ask(port, 2, '127.0.0.1', '/nest/nowhere');
    expect(await lines.take()).toEqual([1, 2]);
    expect(await (await fetch(`http://127.0.0.1:${port}/nest/hirefire/test`)).text()).toBe(
      'HireFire Middleware Found!',
    );
  });

  it.each(ADAPTERS)('a server that hands its requests to an app on %s by a function is measured', async (adapter) => {
    const app = closing(await NestFactory.create(moduleWith(LOG_ONLY), newAdapter(adapter), QUIET));
    await app.init();
    const port = await listening(createServer(await handlerOf(app, adapter)));

    await askOften(port);
    expect(await lines.take()).toEqual([1, 2, 3, 4]);
  });

  it('two apps on one instance of Express measure a request once, and the second goes on when the first is closed', async () => {
    const instance = express();
    const apps: INestApplication[] = [];
    for (const options of [
      { ...LOG_ONLY, token: 'first' },
      { ...LOG_ONLY, token: 'second' },
    ]) {
      const app = closing(await NestFactory.create(moduleWith(options), new ExpressAdapter(instance), QUIET));
      await app.init();
      apps.push(app);
    }
    const [first] = apps;
    const port = await listening(createServer(instance));

    await askOften(port);
    expect(await lines.take()).toEqual([1, 2, 3, 4]);
    const kept = RawConnection.to(port);
    kept.send(wireRequest('GET /nowhere', queuedFor(5)));
    await once(kept.socket, 'data');
    await first?.close();
    kept.send(wireRequest('GET /nowhere', { ...queuedFor(6), Connection: 'close' }));
    await kept.answer();
    expect(await lines.take()).toEqual([5, 6]);
    await askOften(port);
    expect(await lines.take()).toEqual([1, 2, 3, 4]);
  });

  it('both that Fastify opens for localhost are measured, and an upgrade at the second one once', async () => {
    const lookup = dns.lookup.bind(dns);
    const addresses = [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ];
    // Two addresses that every Linux has, because not every machine has IPv6.
    const everyAddress: unknown = (...args: unknown[]): void => {
      const answer = args.at(-1);
      if (args[0] === 'localhost' && typeof answer === 'function') {
        process.nextTick(answer, null, ...(hasAll(args[1]) ? [addresses] : ['127.0.0.1', 4]));
        return;
      }
      Reflect.apply(lookup, dns, args);
    };
    jest.spyOn(dns, 'lookup').mockImplementation(everyAddress as typeof dns.lookup);
    const app = closing(await NestFactory.create(moduleWith(LOG_ONLY), newAdapter('Fastify'), QUIET));
    await app.listen(0, 'localhost');
    const port = portOf(app);
    await ask(port, 1, '127.0.0.1', '/nowhere');
    await ask(port, 2, '127.0.0.2', '/nowhere');
    await ask(port, 3, '127.0.0.2', '/hirefire/test');
    await ask(port, 4, '127.0.0.2', '/nowhere');

    const server = serverOf(app);
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    for (const [queueTime, address] of [[5, '127.0.0.1'] as const, [6, '127.0.0.2'] as const]) {
      const connection = RawConnection.to(port, address);
      connection.send(wireRequest('GET /', { ...queuedFor(queueTime), Connection: 'Upgrade', Upgrade: 'x' }));
      expect(await connection.answer()).toMatch(/^HTTP\/1\.1 101 /);
    }
    expect(await lines.take()).toEqual([1, 2, 4, 5, 6]);
  });

  it('a server of Fastify that speaks HTTP/2 is measured', async () => {
    const adapter: AbstractHttpAdapter = new FastifyAdapter({ http2: true });
    const app = closing(await NestFactory.create(moduleWith(LOG_ONLY), adapter, QUIET));
    await app.listen(0, '127.0.0.1');
    const session = connectHttp2((await app.getUrl()).replace('https:', 'http:'));
    for (const [path, queueTime] of [
      ['/nowhere', 1],
      ['/hirefire/test', 2],
      ['/nowhere', 3],
    ] as const) {
      const stream = session.request({ ':path': path, 'x-request-start': queuedFor(queueTime)['X-Request-Start'] });
      stream.resume();
      await once(stream, 'end');
    }
    session.close();
    expect(await lines.take()).toEqual([1, 3]);
  });
});

describe('a process without HTTP', () => {
  it.each<[string, HireFireModuleOptions]>([
    ['log', LOG_ONLY],
    ['dispatch', { web: true, token: 'secret' }],
  ])('starts and ends with the option %s, and nothing is hooked', async (_name, web) => {
    const microservice: TcpOptions & Options = {
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
      ...QUIET,
    };
    const apps: INestApplicationContext[] = [];
    apps.push(closing(await NestFactory.createApplicationContext(moduleWith(web), QUIET)));
    const service = closing(await NestFactory.createMicroservice(moduleWith(web), microservice));
    await service.listen();
    const module = closing(await Test.createTestingModule({ imports: [moduleWith(web)] }).compile());
    await module.init();
    expect(hasSubscribers('net.server.socket')).toBe(false);
    await Promise.all([...apps, service, module].map((app) => app.close()));
    expect(await lines.take()).toEqual([]);
  });
});

const hasAll = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && 'all' in given && given.all === true;

/** The listener of another server that the app opens. */
async function handlerOf(
  app: INestApplication,
  adapter: (typeof ADAPTERS)[number],
): Promise<(request: IncomingMessage, response: ServerResponse) => void> {
  interface Fastify {
    ready(): Promise<void>;
    routing(request: IncomingMessage, response: ServerResponse): void;
  }
  const http: AbstractHttpAdapter = app.get(HttpAdapterHost).httpAdapter;
  if (adapter === 'Express') {
    const instance = http.getInstance<(request: IncomingMessage, response: ServerResponse) => void>();
    return (request, response) => instance(request, response);
  }
  const fastify = http.getInstance<Fastify>();
  await fastify.ready();
  return (request, response) => fastify.routing(request, response);
}
