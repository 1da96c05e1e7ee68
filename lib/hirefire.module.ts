import {
  ConfigurableModuleBuilder,
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
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { HireFireConfigError } from './hirefire.errors.js';
import {
  HIREFIRE_OPTIONS,
  resolveOptions,
  type HireFireModuleAsyncOptions,
  type HireFireModuleExtras,
  type HireFireModuleOptions,
  type ResolvedHireFireOptions,
} from './hirefire.options.js';
import { answerTo } from './info/endpoints.js';
import { HireFireController } from './info/hirefire.controller.js';
import { HttpHost } from './http/http-host.js';
import { HireFireService } from './procs/hirefire.service.js';
import { ProcExplorer } from './procs/proc-explorer.js';
import { reportOf } from './procs/proc-report.js';
import { QueueTimeCarriers } from './web/queue-time-carriers.js';
import { WebRequests } from './web/web-requests.js';

/** The injection token of a controller that stays a singleton: a global guard or pipe for each request makes Nest's own one scoped. */
const CONTROLLER = 'HIREFIRE_CONTROLLER';

/** Of each app that has imported the module, what it has one of. */
const firstImports = new WeakSet<ModulesContainer>();

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<HireFireModuleOptions>({
  optionsInjectionToken: 'HIREFIRE_MODULE_OPTIONS',
})
  .setClassMethodName('forRoot')
  .setExtras<HireFireModuleExtras>({ decorators: [] }, withController)
  .build();

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
    { provide: CONTROLLER, useClass: HireFireController },
    {
      provide: HIREFIRE_OPTIONS,
      useFactory: (options: HireFireModuleOptions) => resolveOptions(options, process.env),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    ProcExplorer,
    HttpHost,
    QueueTimeCarriers,
    WebRequests,
    HireFireService,
  ],
  exports: [HireFireService, QueueTimeCarriers],
})
export class HireFireModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger('HireFireModule');
  /** The first of several imports answers HireFire: a second one would count every request twice. */
  private readonly isFirst: boolean;

  /** @internal */
  constructor(
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
    private readonly explorer: ProcExplorer,
    private readonly httpHost: HttpHost,
    private readonly webRequests: WebRequests,
    @Inject(CONTROLLER) private readonly controller: HireFireController,
    modules: ModulesContainer,
  ) {
    super();
    this.isFirst = !firstImports.has(modules);
    if (this.isFirst) {
      firstImports.add(modules);
    } else {
      this.logger.warn(
        'HireFireModule is imported more than once, and only the first import answers HireFire. Import it once, in the ' +
          'root module: HireFireService can be injected anywhere.',
      );
    }
  }

  /**
   * @param options - may be left out: everything has a default
   * @throws HireFireConfigError when the app starts, for an invalid option or proc
   */
  static override forRoot(options: HireFireModuleOptions & HireFireModuleExtras = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** {@link forRoot} with options that other providers or a promise give; `decorators` stands beside the factory. */
  static override forRootAsync(options: HireFireModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }

  /** @internal */
  configure(): void {
    if (this.isFirst) {
      this.httpHost.openFrontDoor((request) => answerTo(request, this.controller));
    }
  }

  /** @internal */
  onModuleInit(): void {
    if (!this.isFirst) {
      return;
    }
    const procs = this.explorer.explore();
    const { lines, warnings } = reportOf(procs);
    lines.forEach((line) => this.logger.log(line));
    warnings.forEach((line) => this.logger.warn(line));
    if (procs.length === 0) {
      this.logger.warn(
        `No proc was found: HireFire will scale ${this.options.web ? 'web dynos only' : 'nothing'}. Mark a provider with ` +
          '@HireFireProc() and list it in a module.',
      );
    }
    if (this.httpHost.isThere && this.options.token === null) {
      this.logger.error(
        "No token is set, so HireFire's requests get a 404. Set HIREFIRE_TOKEN to the token that HireFire shows for this " +
          'app, or hand it to HireFireModule.forRoot({ token }).',
      );
    }
  }

  /** @internal */
  onApplicationBootstrap(): void {
    if (this.isFirst) {
      this.webRequests.watch();
    }
  }

  /** @internal */
  async beforeApplicationShutdown(): Promise<void> {
    await this.webRequests.stop();
  }
}

function refuseBareModule(): never {
  throw new HireFireConfigError(
    'HireFireModule was imported as it is: import HireFireModule.forRoot() or HireFireModule.forRootAsync().',
  );
}

function withController(module: DynamicModule, { decorators = [] }: HireFireModuleExtras): DynamicModule {
  const controller = decorated(HireFireController, decorators);
  return {
    ...module,
    global: true,
    providers: [...(module.providers ?? []), { provide: CONTROLLER, useClass: controller }],
    controllers: [controller],
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
