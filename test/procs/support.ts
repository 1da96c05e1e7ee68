/** Shared by the specs of this room: an app to start, its log lines, procs with any answer. */
import { afterEach } from '@jest/globals';
import type { INestApplicationContext, LoggerService, ModuleMetadata, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  HireFireMeasureError,
  HireFireModule,
  HireFireProc,
  HireFireService,
  type HireFireModuleOptions,
  type Metric,
  type ProcFailure,
} from '../../lib/index.js';

/** Collects what this package logs, one `level message` each; stacks apart. */
export class LogLines implements LoggerService {
  readonly lines: string[] = [];
  /** The start-up line of each proc. */
  readonly reports: string[] = [];
  readonly stacks: string[] = [];

  log(message: unknown, ...rest: unknown[]): void {
    this.#add('log', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#add('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#add('error', message, rest);
  }

  /** The lines since the last call. */
  take(): string[] {
    return this.lines.splice(0);
  }

  #add(level: string, message: unknown, rest: unknown[]): void {
    const context = String(rest.at(-1));
    if (context === 'HireFireModule' && level === 'log') {
      this.reports.push(String(message));
    } else if (context.startsWith('HireFire')) {
      this.lines.push(`${level} ${String(message)}`);
      this.stacks.push(...rest.slice(0, -1).filter((stack) => typeof stack === 'string'));
    }
  }
}

export interface StartedApp {
  readonly app: INestApplicationContext;
  readonly service: HireFireService;
  readonly log: LogLines;
}

const started: INestApplicationContext[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.close()));
});

/** Starts an app without HTTP that imports `HireFireModule.forRoot(options)`; it is closed after the test. */
export async function startApp(metadata: ModuleMetadata, options?: HireFireModuleOptions): Promise<StartedApp> {
  return startModules({ ...metadata, imports: [HireFireModule.forRoot(options), ...(metadata.imports ?? [])] });
}

/** The same, with `HireFireModule` left to the caller. */
export async function startModules(metadata: ModuleMetadata): Promise<StartedApp> {
  const log = new LogLines();
  class AppModule {}
  const app = await NestFactory.createApplicationContext(
    { module: AppModule, ...metadata },
    { logger: log, abortOnError: false },
  );
  started.push(app);
  return { app, service: app.get(HireFireService), log };
}

/** The error with which an app refused to start; fails if it started. */
export async function refusal(starting: Promise<unknown>): Promise<unknown> {
  return starting.then(
    () => {
      throw new Error('It started, but it should have been refused.');
    },
    (error: unknown) => error,
  );
}

/** Throws anything at all, as JavaScript can. */
export function throwing(value: unknown): never {
  throw value;
}

/** The failures of a measurement: one message per proc. */
export async function failures(measuring: Promise<unknown>): Promise<readonly ProcFailure[]> {
  const error = await refusal(measuring);
  if (error instanceof HireFireMeasureError) {
    return error.errors;
  }
  throw new Error('It should have failed with a HireFireMeasureError.', { cause: error });
}

/** A provider of a proc that answers its metric's method with whatever `answer` gives. */
export function procGiving(name: string, answer: () => unknown, metric: Metric = 'size'): Provider {
  @HireFireProc(name, { metric })
  class TestProc {
    quantity(): number {
      return 0;
    }

    latency(): number {
      return 0;
    }
  }
  // Assigned, because the types would refuse what JavaScript does not.
  const proc = Object.assign(new TestProc(), { [metric === 'size' ? 'quantity' : 'latency']: answer });
  return { provide: name, useValue: proc };
}

/** A promise to be settled by hand. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
