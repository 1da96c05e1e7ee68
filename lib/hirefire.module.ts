import {
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type NestModule,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ApplicationConfig, DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { HireFireConfigError } from './hirefire.errors.js';
import {
  ConfigurableModuleClass,
  HIREFIRE_OPTIONS,
  MODULE_OPTIONS_TOKEN,
  resolveOptions,
  type HireFireModuleAsyncOptions,
  type HireFireModuleExtras,
  type HireFireModuleOptions,
  type ResolvedHireFireOptions,
} from './hirefire.options.js';
import { HireFireController } from './info/hirefire.controller.js';
import { HttpHost } from './http/http-host.js';
import { UnprefixedRoutes } from './http/unprefixed-routes.js';
import { HireFireService } from './procs/hirefire.service.js';
import { ProcExplorer } from './procs/proc-explorer.js';
import { WebRequests } from './web/web-requests.js';

/** The injection token of: did the app say which decorators the controller needs? */
const CONTROLLER_IS_DECORATED = 'HIREFIRE_CONTROLLER_IS_DECORATED';

/**
 * Serves HireFire's endpoints and measures every proc of the app, in whatever module it is provided. Import it once, in
 * the root module; its {@link HireFireService} can then be injected anywhere.
 *
 * @example
 * ```ts
 * @Module({ imports: [HireFireModule.forRoot()], providers: [WorkerProc] })
 * export class AppModule {}
 * ```
 *
 * @publicApi
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    // forRoot() and forRootAsync() replace both; whoever forgets to call one is told so.
    { provide: MODULE_OPTIONS_TOKEN, useFactory: refuseBareModule },
    { provide: CONTROLLER_IS_DECORATED, useValue: false },
    {
      provide: HIREFIRE_OPTIONS,
      useFactory: (options: HireFireModuleOptions) => resolveOptions(options, process.env),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    ProcExplorer,
    UnprefixedRoutes,
    HttpHost,
    WebRequests,
    HireFireService,
  ],
  exports: [HireFireService],
})
export class HireFireModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  readonly #logger = new Logger('HireFireModule');

  /** @internal */
  constructor(
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
    private readonly explorer: ProcExplorer,
    private readonly unprefixedRoutes: UnprefixedRoutes,
    private readonly httpHost: HttpHost,
    private readonly webRequests: WebRequests,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
    @Inject(CONTROLLER_IS_DECORATED) private readonly isDecorated: boolean,
  ) {
    super();
  }

  /**
   * @param options - may be left out: everything has a default
   * @throws HireFireConfigError when the app starts, for an option or a proc that can't be meant
   */
  static override forRoot(options: HireFireModuleOptions & HireFireModuleExtras = {}): DynamicModule {
    const { decorators, ...moduleOptions } = options;
    return assembled(super.forRoot(moduleOptions), decorators);
  }

  /** {@link forRoot} with options that other providers or a promise give; `decorators` stands beside the factory. */
  static override forRootAsync(options: HireFireModuleAsyncOptions): DynamicModule {
    const { decorators, ...asyncOptions } = options;
    return assembled(super.forRootAsync(asyncOptions), decorators);
  }

  /** @internal */
  configure(): void {
    this.unprefixedRoutes.exclude();
    this.httpHost.prepare();
  }

  /** @internal */
  onModuleInit(): void {
    if (this.explorer.explore().length === 0) {
      this.#logger.warn(
        `No proc was found: HireFire will scale ${this.options.web ? 'web dynos only' : 'nothing'}. Mark a provider with ` +
          '@HireFireProc() and list it in a module.',
      );
    }
    if (this.httpHost.isThere) {
      this.#warnOfClosedEndpoints();
    }
    this.#warnOfSecondImport();
  }

  /** @internal */
  onApplicationBootstrap(): void {
    // A second import would count every request twice.
    if (this.#imports()[0] === this) {
      this.webRequests.watch();
    }
  }

  /** @internal */
  async beforeApplicationShutdown(): Promise<void> {
    await this.webRequests.stop();
  }

  #imports(): unknown[] {
    return [...this.modules.values()]
      .filter(({ metatype }) => metatype === HireFireModule)
      .map(({ instance }) => instance);
  }

  #warnOfSecondImport(): void {
    const imports = this.#imports();
    if (imports.length > 1 && imports[0] === this) {
      this.#logger.warn(
        'HireFireModule is imported more than once, and only the first import answers HireFire. Import it once, in the ' +
          'root module: HireFireService can be injected anywhere.',
      );
    }
  }

  #warnOfClosedEndpoints(): void {
    if (this.options.token === null) {
      this.#logger.error(
        'No token, so HireFire is answered 404: set HIREFIRE_TOKEN to the token that HireFire shows for this app, ' +
          'or hand it to HireFireModule.forRoot({ token }).',
      );
    }
    const guards = this.config.getGlobalGuards().length + this.config.getGlobalRequestGuards().length;
    if (guards > 0 && !this.isDecorated) {
      this.#logger.warn(
        'The app has global guards, which may refuse what HireFire asks. Let it pass with the decorator they know, ' +
          'such as HireFireModule.forRoot({ decorators: [Public()] }); an empty array says that they let it pass.',
      );
    }
  }
}

function refuseBareModule(): never {
  throw new HireFireConfigError(
    'HireFireModule was imported as it is: import HireFireModule.forRoot() or HireFireModule.forRootAsync().',
  );
}

function assembled(module: DynamicModule, decorators: ClassDecorator[] | undefined): DynamicModule {
  return {
    ...module,
    global: true,
    providers: [...(module.providers ?? []), { provide: CONTROLLER_IS_DECORATED, useValue: decorators !== undefined }],
    controllers: [decorated(HireFireController, decorators ?? [])],
  };
}

/** A subclass, because decorating the exported class itself would change it for every app in the process. */
function decorated(controller: Type<HireFireController>, decorators: ClassDecorator[]): Type<HireFireController> {
  if (!Array.isArray(decorators) || decorators.some((decorator) => typeof decorator !== 'function')) {
    throw new HireFireConfigError(
      'HireFireModule: the option "decorators" must be an array of class decorators, such as [Public()].',
    );
  }
  if (decorators.length === 0) {
    return controller;
  }
  const Decorated = class HireFireController extends controller {};
  decorators.forEach((decorate) => decorate(Decorated));
  return Decorated;
}
