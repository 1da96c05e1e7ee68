import {
  ConfigurableModuleBuilder,
  Global,
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type NestModule,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { refuseUnknown } from './hirefire.check.js';
import { HireFireConfigError } from './hirefire.errors.js';
import {
  HIREFIRE_OPTIONS,
  resolveOptions,
  type HireFireModuleAsyncOptions,
  type HireFireModuleOptions,
  type ResolvedHireFireOptions,
} from './hirefire.options.js';
import { QUOTED_TOKEN } from './hirefire.protocol.js';
import { hasMethod } from './hirefire.unknown.js';
import { answerTo } from './info/endpoints.js';
import { HireFireController } from './info/hirefire.controller.js';
import { HttpHost, type FrontDoor } from './http/http-host.js';
import { HireFireService } from './procs/hirefire.service.js';
import { ProcExplorer } from './procs/proc-explorer.js';
import { startUpReport } from './procs/proc-report.js';
import { WebRequests } from './web/web-requests.js';

/** The options of forRootAsync(), all of them Nest's. */
const ASYNC_OPTIONS = [
  'imports',
  'inject',
  'useFactory',
  'useClass',
  'useExisting',
  'provideInjectionTokensFrom',
] as const satisfies readonly (keyof HireFireModuleAsyncOptions)[];

/** Apps whose first import of the module was seen. */
const firstImports = new WeakSet<ModulesContainer>();

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<HireFireModuleOptions>({
  optionsInjectionToken: 'HIREFIRE_MODULE_OPTIONS',
})
  .setClassMethodName('forRoot')
  .build();

/**
 * Serves HireFire's endpoints and measures every proc of the app, in whatever module it is provided. Import it once, in
 * the root module; {@link HireFireService} can then be injected anywhere.
 *
 * @example
 * Below `@Module({ imports: [HireFireModule.forRoot()], providers: [WorkerProc] })`:
 * ```ts
 * export class AppModule {}
 * ```
 *
 * @publicApi
 */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    // forRoot() and forRootAsync() replace it.
    { provide: MODULE_OPTIONS_TOKEN, useFactory: refuseBareModule },
    {
      provide: HIREFIRE_OPTIONS,
      useFactory: (options: HireFireModuleOptions) => resolveOptions(options, process.env),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    HireFireController,
    ProcExplorer,
    HttpHost,
    WebRequests,
    HireFireService,
  ],
  exports: [HireFireService, WebRequests],
})
export class HireFireModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger('HireFireModule');
  /** The first of several imports answers HireFire: a second one would measure every request twice. */
  private readonly isFirst: boolean;

  /** @internal */
  constructor(
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
    private readonly explorer: ProcExplorer,
    private readonly httpHost: HttpHost,
    private readonly webRequests: WebRequests,
    private readonly controller: HireFireController,
    private readonly modules: ModulesContainer,
  ) {
    super();
    this.isFirst = !firstImports.has(modules);
    if (this.isFirst) {
      firstImports.add(modules);
      this.httpHost.placeFrontDoor();
    } else {
      this.logger.warn(
        'HireFireModule is imported more than once, and only the first import answers HireFire. Import it once, in the ' +
          'root module: HireFireService can be injected anywhere.',
      );
    }
  }

  /** Configures the module. An invalid option or proc keeps the app from starting, with a {@link HireFireConfigError}. */
  static override forRoot(options: HireFireModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * Configures the module as {@link forRoot} does, with options from other providers or from a promise.
   *
   * @throws HireFireConfigError for an option that Nest doesn't have
   */
  static override forRootAsync(options: HireFireModuleAsyncOptions): DynamicModule {
    refuseUnknown('HireFireModule', ASYNC_OPTIONS, options);
    return super.forRootAsync(options);
  }

  /** @internal */
  configure(): void {
    if (this.isFirst) {
      const door: FrontDoor = (request) => answerTo(request, this.controller, this.options.trace);
      this.httpHost.openFrontDoor(door, this.hasOtherMiddleware);
    }
  }

  private get hasOtherMiddleware(): boolean {
    return [...this.modules.values()].some(
      ({ instance }) => !(instance instanceof HireFireModule) && hasMethod(instance, 'configure'),
    );
  }

  /** @internal */
  onModuleInit(): void {
    if (!this.isFirst) {
      return;
    }
    const procs = this.explorer.explore();
    const { lines, warnings } = startUpReport(procs, this.explorer.providers());
    lines.forEach((line) => this.logger.log(line));
    warnings.forEach((line) => this.logger.warn(line));
    if (procs.length === 0) {
      this.logger.warn(
        `No proc was found: HireFire will scale ${this.options.web ? 'web dynos only' : 'nothing'}. Mark a provider with ` +
          '@HireFireProc() and list it in a module.',
      );
    }
    if (this.httpHost.isThere) {
      this.reportUselessToken();
    }
  }

  private reportUselessToken(): void {
    const { token } = this.options;
    if (token === null) {
      this.logger.error(
        "No token is set, so HireFire's requests get a 404. Set HIREFIRE_TOKEN to the token that HireFire shows for this " +
          'app, or pass it to HireFireModule.forRoot({ token }).',
      );
    } else if (QUOTED_TOKEN.test(token)) {
      this.logger.error(
        "The token is in quotes, so HireFire's requests get a 404. Remove the quotes from HIREFIRE_TOKEN, or from the option " +
          '"token": docker --env-file, for one, makes them part of the value.',
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
    'HireFireModule was imported without options: import HireFireModule.forRoot() or HireFireModule.forRootAsync().',
  );
}
