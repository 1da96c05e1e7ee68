import { Logger, type INestApplicationContext, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { HireFireConfigError } from '../hirefire.errors.js';
import { isArray, propertyOf } from '../hirefire.unknown.js';
import { AppWorkers } from './app-workers.js';
import { Drain } from './drain.js';
import { resolveDrainOptions, type DrainOptions } from './drain-options.js';
import { listenToSignals } from './signals.js';

/** Seconds: the end takes 5 more. */
const MAX_GRACE_ON_HEROKU = 25;

/** Apps that drain. */
const drained = new WeakSet<ModulesContainer>();

/**
 * Lets a worker process end without killing its jobs. On SIGTERM or SIGINT no worker starts another job, the running ones get
 * `grace` seconds, and those that are left then go back to the front of their queue, for another process to start at once. The
 * app then closes with its own hooks, and the process ends by the signal. Call it instead of `app.enableShutdownHooks()`.
 *
 * @example
 * ```ts
 * const app = await NestFactory.createApplicationContext(WorkerModule);
 * drainOnShutdown(app);
 * ```
 *
 * @param app - an app or context of Nest, before or after `listen()`
 * @param options - every option has a default
 * @throws HireFireConfigError for a bad option, and when it is called twice for one app
 *
 * @publicApi
 */
export function drainOnShutdown(app: INestApplicationContext, options: DrainOptions = {}): void {
  const resolved = resolveDrainOptions(options, process.env);
  const modules = app.get(ModulesContainer, { strict: false });
  const workers = new AppWorkers(modules, resolved);
  if (drained.has(modules)) {
    throw new HireFireConfigError('drainOnShutdown() was called twice for one app. Remove one of the calls.');
  }
  drained.add(modules);

  const logger = new Logger('drainOnShutdown');
  const drain = new Drain(app, workers, resolved.grace * 1000, logger);
  const stopListening = listenToSignals(drain);
  const start = (): void => {
    workers.find();
    // The app may still call what the warning is about.
    setImmediate(() => warn(app, workers, resolved.grace, logger));
  };
  const [module] = modules.values();
  addHooks(module, { onApplicationBootstrap: () => void setImmediate(start) });
  watchClosing(modules, (closed) => {
    drain.appCloses(closed);
    void workers.allClosed().then(stopListening);
  });
  if (propertyOf(app, 'isInitialized') === true) {
    start();
  }
}

/**
 * Every module is watched, because the order in which they close differs among the versions of Nest.
 *
 * @param closes - gets a promise that resolves once the app has come to the last hook of its last module
 */
function watchClosing(modules: ModulesContainer, closes: (closed: Promise<unknown>) => void): void {
  const ends = [...modules.values()].map(
    (module) =>
      new Promise<void>((end) => {
        addHooks(module, { onModuleDestroy: () => closes(closed), onApplicationShutdown: () => end() });
      }),
  );
  const closed = Promise.all(ends);
}

/** A provider whose hooks Nest calls; an app that is a Proxy can't be watched in another way. */
function addHooks(
  module: { addProvider(provider: Provider): unknown } | undefined,
  hooks: Readonly<Record<string, () => void>>,
): void {
  module?.addProvider({ provide: Symbol('drainOnShutdown'), useValue: hooks });
}

function warn(app: INestApplicationContext, workers: AppWorkers, grace: number, logger: Logger): void {
  if (workers.all.length === 0) {
    logger.warn(
      'drainOnShutdown() has found no worker. Call it in the process that runs the jobs, or give it the workers that the app ' +
        'makes by hand: drainOnShutdown(app, { workers: [worker] }).',
    );
  }
  if (grace > MAX_GRACE_ON_HEROKU && process.env.DYNO) {
    logger.warn(
      `drainOnShutdown() has a grace of ${grace} seconds, but Heroku kills a dyno 30 seconds after the signal, with the jobs that still ` +
        `run. Lower it to ${MAX_GRACE_ON_HEROKU} at most.`,
    );
  }
  if (hasShutdownHooks(app)) {
    logger.warn(
      'app.enableShutdownHooks() closes the app at the signal, while jobs still need it. Remove it: drainOnShutdown() closes ' +
        'the app once its jobs have ended.',
    );
  }
}

/** Nest 12 has a map of the signals that it listens to, the older ones a list. */
function hasShutdownHooks(app: INestApplicationContext): boolean {
  const listeners = propertyOf(app, 'shutdownCleanupRefs');
  const signals = propertyOf(app, 'activeShutdownSignals');
  return (listeners instanceof Map && listeners.size > 0) || (isArray(signals) && signals.length > 0);
}
