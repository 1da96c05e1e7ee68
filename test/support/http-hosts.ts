/** Users' apps that HireFireModule may find itself in, each as one row. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Catch,
  Controller,
  Get,
  Module,
  RequestMethod,
  Scope,
  ValidationPipe,
  VERSION_NEUTRAL,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type LoggerService,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type NestApplicationOptions,
  type NestInterceptor,
  type NestModule,
  type OnModuleInit,
  type PipeTransform,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  HttpAdapterHost,
  NestFactory,
  RouterModule,
  type AbstractHttpAdapter,
} from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import fastifyCompress from '@fastify/compress';
import fastifyHelmet from '@fastify/helmet';
import compression from 'compression';
import express from 'express';
import helmet from 'helmet';
import { map, mergeMap, throwError, type Observable } from 'rxjs';
import { HireFireModule, type HireFireModuleOptions } from '../../lib/index.js';

export type AdapterName = 'Express' | 'Fastify';

export const ADAPTERS: readonly AdapterName[] = ['Express', 'Fastify'];

type HostOptions = Pick<
  NestApplicationOptions,
  'abortOnError' | 'bodyParser' | 'cors' | 'forceCloseConnections' | 'logger' | 'routeConflictPolicy'
>;

export interface HttpHost {
  readonly name: string;
  /** The adapters that know this set-up. */
  readonly adapters?: readonly AdapterName[];
  readonly parts?: ModuleMetadata;
  readonly options?: HostOptions;
  /** Settings of the adapter itself. */
  readonly adapter?: () => AbstractHttpAdapter;
  /** Runs in the app's main.ts between creating the app and listening. */
  readonly setUp?: (app: INestApplication) => void | PromiseLike<void>;
  /** Runs after `app.init()`. */
  readonly afterInit?: (app: INestApplication) => void;
  /** Changes or hides the answers of the app's own routes: left out of the app that ours is compared with. */
  readonly interference?: Pick<HttpHost, 'parts' | 'setUp'>;
}

/** For apps whose log does not matter. */
export const QUIET: HostOptions = { logger: false, abortOnError: false };

/** The app of a row, with HireFireModule or, to compare with, without it and without the row's interference. */
export async function startHost(
  host: HttpHost,
  adapterName: AdapterName,
  hireFire?: HireFireModuleOptions | 'none',
  { parts = {}, logger = false }: { readonly parts?: ModuleMetadata; readonly logger?: LoggerService | false } = {},
): Promise<INestApplication> {
  const isOurs = hireFire !== 'none';
  const interference = isOurs ? host.interference : undefined;
  const metadata = [host.parts ?? {}, interference?.parts ?? {}, parts];
  const options: HostOptions = { logger, abortOnError: false, ...host.options };
  const app = await NestFactory.create(
    {
      module: class AppModule {},
      imports: [
        ...metadata.flatMap(({ imports = [] }) => imports),
        ...(isOurs ? [HireFireModule.forRoot(hireFire)] : []),
      ],
      controllers: [CatsController, ...metadata.flatMap(({ controllers = [] }) => controllers)],
      providers: metadata.flatMap(({ providers = [] }) => providers),
    },
    host.adapter?.() ?? newAdapter(adapterName),
    options,
  );
  try {
    await host.setUp?.(app);
    await interference?.setUp?.(app);
    await app.init();
    host.afterInit?.(app);
    await app.listen(0, '127.0.0.1');
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

export function newAdapter(name: AdapterName): AbstractHttpAdapter {
  return name === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
}

export function hostsOf(adapter: AdapterName): HttpHost[] {
  return HOSTS.filter(({ adapters = ADAPTERS }) => adapters.includes(adapter));
}

/** Some route of the app's own. */
@Controller('cats')
class CatsController {
  @Get(':name')
  cat(): string {
    return 'meow';
  }
}

/** A module with middleware for every route, the way that its docs show. */
@Module({})
class MiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
        response.setHeader('X-Middleware', 'ran');
        next();
      })
      .forRoutes('*');
  }
}

/** Middleware for every route that lets no request pass. */
function answering(status: number, headers: Readonly<Record<string, string>>, body: string): new () => NestModule {
  @Module({})
  class AnsweringModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer
        .apply((_request: IncomingMessage, response: ServerResponse) => {
          response.writeHead(status, headers).end(body);
        })
        .forRoutes('*');
    }
  }
  return AnsweringModule;
}

/** The page of a single-page app for whatever path has no route, the way that @nestjs/serve-static serves it. */
@Module({})
class SinglePageModule implements OnModuleInit {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  onModuleInit(): void {
    const adapter: AbstractHttpAdapter = this.adapterHost.httpAdapter;
    const page = '<!doctype html><div id="app"></div>';
    if (adapter.getType() === 'fastify') {
      const fastify = adapter.getInstance<FastifyRoutes>();
      fastify.get('/*', (_request, reply) => void reply.type('text/html').send(page));
    } else {
      const app = adapter.getInstance<express.Express>();
      app.use(express.static(dirname(fileURLToPath(import.meta.url))));
      app.get(/.*/, (_request, response) => void response.type('html').send(page));
    }
  }
}

interface FastifyRoutes {
  get(path: string, handler: (request: unknown, reply: FastifyReply) => void): void;
}

interface FastifyReply {
  type(type: string): { send(body: string): unknown };
}

const PageModule = answering(200, { 'Content-Type': 'text/html' }, '<!doctype html><div id="app"></div>');
const RefusingModule = answering(401, {}, 'log in first');
const RedirectingModule = answering(301, { Location: 'https://example.com/' }, '');

/** As apps have it that serve pages by a slug. */
@Controller()
class EveryPathController {
  @Get([':a', ':a/:b', ':a/:b/:c'])
  page(): string {
    return 'a page of the app';
  }
}

/** Routes for every path, put below a path by the app's RouterModule. */
@Module({ controllers: [EveryPathController] })
class EveryPathModule {}

export class DenyingGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class WrappingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ wrapped: data })));
  }
}

class FailingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(mergeMap(() => throwError(() => new Error('the interceptor failed after the handler'))));
  }
}

class ThrowingPipe implements PipeTransform {
  transform(): never {
    throw new Error('the pipe throws at everything');
  }
}

@Catch()
export class CatchAllFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(_exception: unknown, host: ArgumentsHost): void {
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse<unknown>(), { caught: true }, 418);
  }
}

interface Fastify {
  register(plugin: unknown, options?: object): PromiseLike<void>;
  addHook(
    name: 'onRoute',
    hook: (this: FastifyRouter, route: { url: string; method: string | string[] }) => void,
  ): void;
  addHook(name: 'onRequest', hook: (request: unknown, reply: FastifyStatus) => void): void;
  route(route: object): void;
}

interface FastifyStatus {
  code(status: number): { send(body: string): unknown };
}

type FastifyRouter = Pick<Fastify, 'route'>;

/** Every route of the app once more with a slash at its end, as apps do for proxies that add one. */
function addSlashes(app: INestApplication): void {
  fastifyOf(app).addHook('onRoute', function (route) {
    // Fastify makes the routes for HEAD by itself.
    if (!/[/*]$/.test(route.url) && route.method !== 'HEAD') {
      this.route({ ...route, url: `${route.url}/` });
    }
  });
}

function fastifyOf(app: INestApplication): Fastify {
  const adapter: unknown = app.getHttpAdapter();
  if (adapter instanceof FastifyAdapter) {
    return adapter.getInstance<Fastify>();
  }
  throw new Error('the row is for Fastify alone');
}

function strictExpress(): ExpressAdapter {
  const instance = express();
  instance.enable('strict routing');
  return new ExpressAdapter(instance);
}

const prefix = (...args: Parameters<INestApplication['setGlobalPrefix']>): Pick<HttpHost, 'setUp'> => ({
  setUp: (app) => void app.setGlobalPrefix(...args),
});

const HOSTS: readonly HttpHost[] = [
  { name: 'a plain app' },
  { name: 'a global prefix', ...prefix('api') },
  { name: 'a global prefix of two segments, with slashes', ...prefix('/api/public/') },
  { name: 'a global prefix that is but a slash', ...prefix('/') },
  { name: 'a global prefix with empty options', ...prefix('api', {}) },
  { name: 'a global prefix with an empty exclude', ...prefix('api', { exclude: [] }) },
  { name: 'a global prefix with an exclude', ...prefix('api', { exclude: ['health', 'status/:id'] }) },
  {
    name: 'a global prefix with an exclude of one method',
    ...prefix('api', { exclude: [{ path: 'hirefire', method: RequestMethod.POST }] }),
  },
  {
    name: 'a global prefix set with options, then without',
    setUp: (app) => void app.setGlobalPrefix('old', { exclude: ['health'] }).setGlobalPrefix('api'),
  },
  {
    name: 'a global prefix set without options, then with',
    setUp: (app) => void app.setGlobalPrefix('old').setGlobalPrefix('api', { exclude: ['health'] }),
  },
  {
    name: 'a global prefix set after init()',
    afterInit: (app) => void app.setGlobalPrefix('api', { exclude: ['health'] }),
  },
  { name: 'URI versioning', setUp: (app) => void app.enableVersioning() },
  {
    name: 'URI versioning with a default version and a global prefix',
    setUp: (app) => {
      app.setGlobalPrefix('api', { exclude: ['health'] });
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    },
  },
  {
    name: 'URI versioning with a neutral default version',
    setUp: (app) =>
      void app.enableVersioning({ type: VersioningType.URI, prefix: false, defaultVersion: [VERSION_NEUTRAL, '2'] }),
  },
  {
    name: 'header versioning',
    setUp: (app) =>
      void app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Api-Version', defaultVersion: '1' }),
  },
  {
    name: 'media type versioning',
    setUp: (app) => void app.enableVersioning({ type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion: '1' }),
  },
  {
    name: 'a guard that denies everything',
    interference: { setUp: (app) => void app.useGlobalGuards(new DenyingGuard()) },
  },
  {
    name: 'an APP_GUARD that denies everything',
    interference: { parts: { providers: [{ provide: APP_GUARD, useClass: DenyingGuard }] } },
  },
  {
    name: 'an APP_GUARD for each request that denies everything',
    interference: { parts: { providers: [{ provide: APP_GUARD, scope: Scope.REQUEST, useClass: DenyingGuard }] } },
  },
  { name: 'routes for every path', interference: { parts: { controllers: [EveryPathController] } } },
  {
    name: 'routes for every path below a global prefix that excludes them',
    ...prefix('api', { exclude: [':a', ':a/:b', ':a/:b/:c'] }),
    interference: { parts: { controllers: [EveryPathController] } },
  },
  { name: 'a page for every path, by middleware', interference: { parts: { imports: [PageModule] } } },
  {
    name: 'a page for every path, by middleware outside a global prefix',
    ...prefix('api', { exclude: ['health'] }),
    interference: { parts: { imports: [PageModule] } },
  },
  { name: 'the page of a single-page app', interference: { parts: { imports: [SinglePageModule] } } },
  {
    name: 'the page of a single-page app outside a global prefix',
    ...prefix('api', { exclude: ['health'] }),
    interference: { parts: { imports: [SinglePageModule] } },
  },
  {
    name: 'routes for every path below /hirefire, by RouterModule',
    interference: {
      parts: { imports: [EveryPathModule, RouterModule.register([{ path: 'hirefire', module: EveryPathModule }])] },
    },
  },
  { name: 'a hook that adds a slash to every route', adapters: ['Fastify'], setUp: addSlashes },
  { name: 'middleware that refuses', interference: { parts: { imports: [RefusingModule] } } },
  {
    name: 'a hook of main.ts that refuses',
    adapters: ['Fastify'],
    interference: {
      setUp: (app) =>
        fastifyOf(app).addHook('onRequest', (_request, reply) => void reply.code(401).send('log in first')),
    },
  },
  { name: 'middleware that redirects to https', interference: { parts: { imports: [RedirectingModule] } } },
  {
    name: 'a wrapping interceptor',
    interference: { setUp: (app) => void app.useGlobalInterceptors(new WrappingInterceptor()) },
  },
  {
    name: 'an interceptor that fails after the handler',
    interference: { parts: { providers: [{ provide: APP_INTERCEPTOR, useClass: FailingInterceptor }] } },
  },
  {
    name: 'a catch-all filter',
    interference: { setUp: (app) => void app.useGlobalFilters(new CatchAllFilter(app.get(HttpAdapterHost))) },
  },
  {
    name: 'a catch-all APP_FILTER below a global prefix',
    ...prefix('api'),
    interference: { parts: { providers: [{ provide: APP_FILTER, useClass: CatchAllFilter }] } },
  },
  {
    name: 'a global ValidationPipe',
    setUp: (app) =>
      void app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true })),
  },
  { name: 'a pipe that throws', parts: { providers: [{ provide: APP_PIPE, useClass: ThrowingPipe }] } },
  { name: 'middleware for every route', parts: { imports: [MiddlewareModule] } },
  {
    name: 'middleware for every route below a global prefix',
    parts: { imports: [MiddlewareModule] },
    ...prefix('api'),
  },
  {
    name: 'middleware for every route below a global prefix with an exclude',
    parts: { imports: [MiddlewareModule] },
    ...prefix('api', { exclude: ['health'] }),
  },
  { name: 'CORS', setUp: (app) => app.enableCors({ origin: 'https://example.com', credentials: true }) },
  { name: 'CORS as an option', options: { cors: true } },
  {
    name: 'no body parser, and a shutdown that cuts connections',
    options: { bodyParser: false, forceCloseConnections: true },
  },
  { name: 'helmet', adapters: ['Express'], setUp: (app) => void app.use(helmet()) },
  { name: 'helmet', adapters: ['Fastify'], setUp: (app) => fastifyOf(app).register(fastifyHelmet) },
  { name: 'compression', adapters: ['Express'], setUp: (app) => void app.use(compression({ threshold: 0 })) },
  {
    name: 'compression',
    adapters: ['Fastify'],
    setUp: (app) => fastifyOf(app).register(fastifyCompress, { threshold: 0 }),
  },
  { name: 'strict routing', adapters: ['Express'], adapter: strictExpress },
  {
    name: 'slashes and case ignored',
    adapters: ['Fastify'],
    adapter: () =>
      new FastifyAdapter({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, caseSensitive: false }),
  },
  {
    name: 'slashes ignored by the router options of Fastify 5',
    adapters: ['Fastify'],
    adapter: () => new FastifyAdapter({ routerOptions: { ignoreTrailingSlash: true } }),
  },
  {
    name: 'route conflicts refused',
    // Nest 12 has this option; the older ones take no notice.
    options: { routeConflictPolicy: { duplicate: 'error', shadow: 'error' } },
  },
  {
    name: 'everything at once',
    ...prefix('api', { exclude: ['health'] }),
    options: { cors: true },
    interference: {
      parts: {
        providers: [
          { provide: APP_GUARD, useClass: DenyingGuard },
          { provide: APP_INTERCEPTOR, useClass: WrappingInterceptor },
          { provide: APP_FILTER, useClass: CatchAllFilter },
          { provide: APP_PIPE, useClass: ThrowingPipe },
        ],
      },
    },
  },
];
