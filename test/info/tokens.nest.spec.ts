/** The token: its forms in the path and in the header, and its sources. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HireFireModule, type HireFireModuleOptions, type HireFireOptionsFactory } from '../../lib/index.js';
import { HttpClient, type Answer } from '../support/http-client.js';
import { ADAPTERS, newAdapter, QUIET, startHost } from '../support/http-hosts.js';
import { RecordingLogger } from '../support/http-logs.js';

const PLAIN = { name: 'a plain app' };

const SPECIAL_TOKENS = [
  'MiXeD-cAsE_0123456789~',
  'with space',
  'with/slash//es/',
  'per%cent',
  '%2F%25%ZZ',
  'question?mark&x=1#hash',
  'info',
  'test',
  ':token',
  '..',
  '*',
  'ünïcödé',
  '日本語',
  '😀',
  'a+b=c;d,e',
  `"quoted"<&>\\'`,
  'x'.repeat(200),
];

interface Served {
  readonly app: INestApplication;
  readonly client: HttpClient;
}

const running: Served[] = [];

function serving(app: INestApplication): Served {
  const served = { app, client: HttpClient.of(app) };
  running.push(served);
  return served;
}

/** Through a Buffer, because encodeURIComponent() throws at half a surrogate pair. */
const byPath = ({ client }: Served, token: string): Promise<Answer> =>
  client.get(`/hirefire/${encodeURIComponent(Buffer.from(token).toString())}/info`);

/** Node sends a header's characters as latin1: these are the token's bytes. */
const byHeader = ({ client }: Served, token: string): Promise<Answer> =>
  client.get('/hirefire', { 'HireFire-Token': Buffer.from(token).toString('latin1') });

const ANSWERED = { status: 200, body: '[]' };
const NOT_FOUND = { status: 404 };

afterEach(async () => {
  for (const { app, client } of running.splice(0)) {
    client.close();
    await app.close();
  }
});

/** Sets variables of the environment for one start of an app. */
async function withEnv<T>(env: Readonly<Record<string, string | undefined>>, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  const set = (values: Readonly<Record<string, string | undefined>>): void => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) {
        Reflect.deleteProperty(process.env, name);
      } else {
        process.env[name] = value;
      }
    }
  };
  set(env);
  try {
    return await work();
  } finally {
    set(before);
  }
}

describe.each(ADAPTERS)('the token on %s', (adapter) => {
  const start = async (
    options: HireFireModuleOptions,
    env: Readonly<Record<string, string | undefined>> = {},
    logger?: RecordingLogger,
  ): Promise<Served> =>
    withEnv({ HIREFIRE_TOKEN: undefined, NODE_ENV: 'test', ...env }, async () =>
      serving(await startHost(PLAIN, adapter, options, logger ? { logger } : {})),
    );

  it.each(SPECIAL_TOKENS)('may be %j, percent-encoded in the path, in UTF-8 in the header', async (token) => {
    const served = await start({ token });
    expect(await byPath(served, token)).toMatchObject(ANSWERED);
    expect(await byHeader(served, token)).toMatchObject(ANSWERED);
    for (const wrong of [`${token}x`, token.slice(0, -1), `x${token}`, `${token}%`]) {
      expect(await byPath(served, wrong)).toMatchObject(NOT_FOUND);
      expect(await byHeader(served, wrong)).toMatchObject(NOT_FOUND);
    }
  });

  it('is not decoded twice', async () => {
    const served = await start({ token: 'a/b' });
    expect(await served.client.get('/hirefire/a%2Fb/info')).toMatchObject(ANSWERED);
    expect(await served.client.get('/hirefire/a%252Fb/info')).toMatchObject(NOT_FOUND);
    expect(await served.client.get('/hirefire/a/b/info')).toMatchObject(NOT_FOUND);
    expect(await byHeader(served, 'a%2Fb')).toMatchObject(NOT_FOUND);
  });

  it('is compared byte by byte, not by what the text looks like', async () => {
    const served = await start({ token: 'é' });
    expect(await byPath(served, 'e\u0301')).toMatchObject(NOT_FOUND);
    // The one byte of latin1, where the token has two of UTF-8.
    expect(await served.client.get('/hirefire', { 'HireFire-Token': 'é' })).toMatchObject(NOT_FOUND);
  });

  it('is taken without white space around it', async () => {
    const served = await start({ token: '\t secret \r\n' });
    expect(await byPath(served, 'secret')).toMatchObject(ANSWERED);
    expect(await byPath(served, '\t secret \r\n')).toMatchObject(NOT_FOUND);
  });

  it.each(['', ' ', '\n'])('is "development" without one, or with %j, outside of production', async (token) => {
    const logger = new RecordingLogger();
    for (const served of [await start({}), await start({ token }, { HIREFIRE_TOKEN: 'ignored' }, logger)]) {
      expect(await byPath(served, 'development')).toMatchObject(ANSWERED);
      expect(await byHeader(served, 'development')).toMatchObject(ANSWERED);
      expect(await served.client.get('/hirefire//info')).toMatchObject(NOT_FOUND);
      expect(await byHeader(served, '')).toMatchObject(NOT_FOUND);
      expect(await byPath(served, ' ')).toMatchObject(NOT_FOUND);
    }
    expect(logger.hireFire('error')).toEqual([]);
  });

  it.each([undefined, '', ' '])('is missing in production with %j, which start-up logs once', async (token) => {
    const logger = new RecordingLogger();
    const served = await start({ token }, { NODE_ENV: 'production', HIREFIRE_TOKEN: token }, logger);
    for (const candidate of ['development', 'null', 'undefined', ' ']) {
      expect(await byPath(served, candidate)).toMatchObject(NOT_FOUND);
      expect(await byHeader(served, candidate)).toMatchObject(NOT_FOUND);
    }
    expect(await served.client.get('/hirefire')).toMatchObject(NOT_FOUND);
    expect(await served.client.get('/hirefire/test')).toMatchObject({ status: 200 });
    expect(logger.hireFire('error')).toEqual([
      expect.stringMatching(/^No token is set, .*Set HIREFIRE_TOKEN .*HireFireModule\.forRoot\(\{ token \}\)/),
    ]);
  });

  it.each(['"', "'", '`'])('in the quotes %s of a .env is what start-up logs once, without it', async (quote) => {
    const logger = new RecordingLogger();
    const token = `${quote}secret${quote}`;
    const served = await start({}, { NODE_ENV: 'production', HIREFIRE_TOKEN: token }, logger);
    expect(await byPath(served, 'secret')).toMatchObject(NOT_FOUND);
    expect(logger.hireFire('error')).toEqual([
      expect.stringMatching(
        /^The token is in quotes, .*Remove the quotes from HIREFIRE_TOKEN, or from the option "token": /,
      ),
    ]);
    expect(logger.hireFire('error').join()).not.toContain('secret');
  });

  it('comes from the environment in production, without a log line', async () => {
    const logger = new RecordingLogger();
    const served = await start({}, { NODE_ENV: 'production', HIREFIRE_TOKEN: 'from-env' }, logger);
    expect(await byPath(served, 'from-env')).toMatchObject(ANSWERED);
    expect(await byPath(served, 'development')).toMatchObject(NOT_FOUND);
    expect(logger.hireFire('error')).toEqual([]);
  });

  it('is read from the environment when the app starts, not when its module is written', async () => {
    @Module({ imports: [HireFireModule.forRoot()] })
    class AppModule {}

    for (const HIREFIRE_TOKEN of ['first', 'second']) {
      const app = await withEnv({ HIREFIRE_TOKEN }, () => NestFactory.create(AppModule, newAdapter(adapter), QUIET));
      await app.listen(0, '127.0.0.1');
      const served = serving(app);
      expect(await byPath(served, HIREFIRE_TOKEN)).toMatchObject(ANSWERED);
      expect(await byPath(served, HIREFIRE_TOKEN === 'first' ? 'second' : 'first')).toMatchObject(NOT_FOUND);
    }
  });

  it('from the options wins over the one from the environment', async () => {
    const served = await start({ token: 'option' }, { HIREFIRE_TOKEN: 'environment' });
    expect(await byPath(served, 'option')).toMatchObject(ANSWERED);
    expect(await byPath(served, 'environment')).toMatchObject(NOT_FOUND);
  });

  it('comes from forRootAsync by a factory, a class or an existing provider', async () => {
    @Injectable()
    class Options implements HireFireOptionsFactory {
      create(): Promise<HireFireModuleOptions> {
        return Promise.resolve({ token: 'later' });
      }
    }

    @Module({ providers: [Options], exports: [Options] })
    class ConfigModule {}

    const modules = [
      HireFireModule.forRootAsync({
        imports: [ConfigModule],
        inject: [Options],
        useFactory: (options: Options) => options.create(),
      }),
      HireFireModule.forRootAsync({ useClass: Options }),
      HireFireModule.forRootAsync({ imports: [ConfigModule], useExisting: Options }),
    ];
    for (const module of modules) {
      const app = await NestFactory.create(module, newAdapter(adapter), QUIET);
      await app.listen(0, '127.0.0.1');
      const served = serving(app);
      expect(await byPath(served, 'later')).toMatchObject(ANSWERED);
      expect(await byPath(served, 'development')).toMatchObject(NOT_FOUND);
    }
  });
});
