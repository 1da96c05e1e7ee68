/** The module in a process: warnings, two apps side by side, and apps without HTTP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Module, type DynamicModule, type INestApplicationContext, type NestApplicationOptions } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { Transport, type TcpOptions } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { HireFireModule, HireFireProc, HireFireService, type HireFireModuleOptions } from '../../lib/index.js';
import { HttpClient, portOf, serverOf, type Answer } from '../support/http-client.js';
import { ADAPTERS, newAdapter, QUIET, startHost, type HttpHost } from '../support/http-hosts.js';
import { RecordingLogger } from '../support/http-logs.js';

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 7;
  }
}

const NUMBERS = [{ name: 'worker', quantity: 7, value: 7 }];

/** Nest's options, whose type is a class's. */
const loggingTo = (logger: RecordingLogger): Pick<NestApplicationOptions, 'logger' | 'abortOnError'> => ({
  ...QUIET,
  logger,
});

const open: { close(): void | Promise<void> }[] = [];

function closing<T extends { close(): void | Promise<void> }>(resource: T): T {
  open.unshift(resource);
  return resource;
}

afterEach(async () => {
  for (const resource of open.splice(0)) {
    await resource.close();
  }
});

function moduleWith(options?: HireFireModuleOptions): DynamicModule {
  return { module: class AppModule {}, imports: [HireFireModule.forRoot(options)], providers: [WorkerProc] };
}

describe.each(ADAPTERS)('the module on %s', (adapter) => {
  const serve = async (
    host: Omit<HttpHost, 'name'>,
    options: HireFireModuleOptions = {},
    logger = new RecordingLogger(),
  ): Promise<HttpClient> => {
    const parts = { providers: [WorkerProc] };
    const app = closing(await startHost({ name: 'an app', ...host }, adapter, options, { parts, logger }));
    return closing(HttpClient.of(app));
  };
  const poll = (client: HttpClient, token: string): Promise<Answer> => client.get(`/hirefire/${token}/info`);

  it('warns of a second import, and starts', async () => {
    const logger = new RecordingLogger();
    const second = { parts: { imports: [HireFireModule.forRoot({ token: 'second' })] } };
    const client = await serve({ interference: second }, { token: 'first' }, logger);
    expect(logger.hireFire('warn')).toEqual([expect.stringMatching(/^HireFireModule is imported more than once/)]);
    expect(
      (await Promise.all(['first', 'second'].map((token) => poll(client, token)))).map(({ status }) => status).sort(),
    ).toEqual([200, 404]);
  });

  it('shares nothing between two apps of one process', async () => {
    const passing = await serve({}, { token: 'one' });
    const prefixed = await serve({ setUp: (app) => void app.setGlobalPrefix('api') }, { token: 'three' });

    expect(await poll(passing, 'one')).toMatchObject({ status: 200, body: JSON.stringify(NUMBERS) });
    expect(await poll(prefixed, 'three')).toMatchObject({ status: 200, body: JSON.stringify(NUMBERS) });
    expect(await poll(passing, 'three')).toMatchObject({ status: 404 });
    expect(await poll(prefixed, 'one')).toMatchObject({ status: 404 });
    expect((await prefixed.get('/api/cats/tom')).body).toBe('meow');
    expect((await passing.get('/hirefire/test')).status).toBe(200);
  });

  it('serves each of two apps that are made of one module', async () => {
    const module = moduleWith({ token: 'shared' });
    const [first, second] = await Promise.all(
      ADAPTERS.map(async (name) => {
        const app = closing(await NestFactory.create(module, newAdapter(name), QUIET));
        await app.listen(0, '127.0.0.1');
        return closing(HttpClient.of(app));
      }),
    );
    for (const client of [first, second]) {
      expect(await client?.get('/hirefire/shared/info/')).toMatchObject({ status: 200, body: JSON.stringify(NUMBERS) });
    }
  });

  it('serves an app of the testing module', async () => {
    const module = await Test.createTestingModule({ imports: [moduleWith({ token: 'tested' })] }).compile();
    const app = closing(module.createNestApplication(newAdapter(adapter), QUIET));
    app.setGlobalPrefix('api', { exclude: ['health'] });
    await app.listen(0, '127.0.0.1');
    const client = closing(HttpClient.of(app));
    expect(await client.get('/hirefire/tested/info')).toMatchObject({ status: 200, body: JSON.stringify(NUMBERS) });
    expect(await client.get('/api/hirefire/tested/info')).toMatchObject({ status: 404 });
  });

  it('logs no token, whatever is asked', async () => {
    const logger = new RecordingLogger();
    const token = 'k33p-me-out-of-logs';
    const client = await serve({}, { token }, logger);
    for (const path of [
      `/hirefire/${token}/info`,
      `/hirefire/${token}x/info`,
      `/hirefire?${token}`,
      '/hirefire/%/info',
    ]) {
      await client.get(path);
      await client.ask({ path, method: 'POST' });
      await client.get(path, { 'HireFire-Token': token });
    }
    expect(logger.lines.length).toBeGreaterThan(0);
    expect(logger.toString()).not.toContain('k33p');
  });
});

describe('the module on Fastify', () => {
  const start = async (module: DynamicModule): Promise<NestFastifyApplication> =>
    closing(await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), QUIET));

  it('answers the requests that another server passes on', async () => {
    const app = await start(moduleWith({ token: 'passed' }));
    await app.init();
    const fastify = app.getHttpAdapter().getInstance();
    await fastify.ready();
    const server = createServer((request, response) => fastify.routing(request, response));
    closing({ close: () => void server.close() });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = closing(HttpClient.of(server));
    expect(await client.get('/hirefire/passed/info')).toMatchObject({ status: 200, body: JSON.stringify(NUMBERS) });
  });

  it('measures where it is loaded after the start', async () => {
    const app = await start({ module: class AppModule {} });
    await app.listen(0, '127.0.0.1');
    const loaded = await app.get(LazyModuleLoader).load(() => moduleWith());
    expect(await loaded.get(HireFireService, { strict: false }).measure()).toEqual(NUMBERS);
  });

  it('leaves HireFire to the next app of an adapter whose app did not start', async () => {
    const adapter = new FastifyAdapter();
    const failure = { provide: 'failure', useFactory: () => Promise.reject(new Error('no license')) };
    await expect(
      NestFactory.create({ ...moduleWith({ token: 'same' }), providers: [failure] }, adapter, QUIET),
    ).rejects.toThrow('no license');
    const app = closing(await NestFactory.create(moduleWith({ token: 'same' }), adapter, QUIET));
    await app.listen(0, '127.0.0.1');
    const client = closing(HttpClient.of(app));
    expect(await client.get('/hirefire/same/info')).toMatchObject({ status: 200, body: JSON.stringify(NUMBERS) });
  });

  it('closes the socket of a handshake that the app passes on to its routes, and outlives a client that goes away', async () => {
    const app = await start(moduleWith({ token: 'any' }));
    await app.listen(0, '127.0.0.1');
    serverOf(app).on('upgrade', (request, socket) => {
      const response = new ServerResponse(request);
      if (socket instanceof Socket) {
        response.assignSocket(socket);
        app.getHttpAdapter().getInstance().routing(request, response);
        // As Node does for a reset connection; it throws where no one listens.
        socket.emit('error', new Error('read ECONNRESET'));
      }
    });
    const socket = connect(portOf(app), '127.0.0.1');
    closing({ close: () => void socket.destroy() });
    socket.write('GET /hirefire/test HTTP/1.1\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    // Ends with the socket.
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\nConnection: close\r\n/s);
  });

  it('answers HEAD on a server that refuses a body there', async () => {
    const adapter = new FastifyAdapter({ http: { rejectNonStandardBodyWrites: true } });
    const app = closing(await NestFactory.create(moduleWith({ token: 'any' }), adapter, QUIET));
    await app.listen(0, '127.0.0.1');
    const client = closing(HttpClient.of(app));
    const path = '/hirefire/any/info';
    const { headers } = await client.get(path);
    expect(await client.ask({ method: 'HEAD', path })).toEqual({ status: 200, headers, body: '' });
  });

  it('leaves a request as it is where the app has no middleware, whose engine adds to each', async () => {
    const propertiesWith = async (module: DynamicModule): Promise<string[]> => {
      const app = await start(module);
      let properties: string[] = [];
      app
        .getHttpAdapter()
        .getInstance()
        .addHook('onRequest', (request, _reply, done) => {
          properties = Object.keys(request.raw);
          done();
        });
      await app.listen(0, '127.0.0.1');
      await closing(HttpClient.of(app)).get('/elsewhere');
      return properties;
    };
    const before = await propertiesWith({ module: class AppModule {} });
    expect(before).not.toEqual([]);
    expect(await propertiesWith(moduleWith({ token: 'any' }))).toEqual(before);
  });
});

describe('the module without HTTP', () => {
  const measures = async (app: INestApplicationContext, logger: RecordingLogger): Promise<void> => {
    expect(await app.get(HireFireService).measure()).toEqual(NUMBERS);
    expect([...logger.hireFire('warn'), ...logger.hireFire('error')]).toEqual([]);
  };

  it('measures in an application context', async () => {
    const logger = new RecordingLogger();
    await measures(closing(await NestFactory.createApplicationContext(moduleWith(), loggingTo(logger))), logger);
  });

  it('measures in a microservice, even one without a token in production', async () => {
    const logger = new RecordingLogger();
    const nodeEnv = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      const options: TcpOptions & ReturnType<typeof loggingTo> = {
        transport: Transport.TCP,
        options: { host: '127.0.0.1', port: 0 },
        ...loggingTo(logger),
      };
      const app = closing(await NestFactory.createMicroservice(moduleWith({ token: '' }), options));
      await app.listen();
      await measures(app, logger);
    } finally {
      process.env.NODE_ENV = nodeEnv;
    }
  });

  it('warns where no proc was found', async () => {
    @Module({ imports: [HireFireModule.forRoot()] })
    class AppModule {}

    const logger = new RecordingLogger();
    closing(await NestFactory.createApplicationContext(AppModule, loggingTo(logger)));
    expect(logger.hireFire('warn')).toEqual([expect.stringContaining('No proc was found')]);
  });
});
