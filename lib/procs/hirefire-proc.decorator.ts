import 'reflect-metadata';
import { Injectable, type ScopeOptions } from '@nestjs/common';
import type { Metric } from '../hirefire.protocol.js';

/**
 * Options of `@HireFireProc()`.
 *
 * @example
 * ```ts
 * @HireFireProc('urgent', { metric: 'latency' })
 * ```
 *
 * @publicApi
 */
export interface HireFireProcOptions {
  /**
   * What HireFire is told: `size` reports `quantity()`, `latency` reports `latency()`.
   *
   * @default 'size'
   */
  readonly metric?: Metric | undefined;

  /**
   * Leave jobs that are being worked on out of the size. For a `QueueProc` only. Scaling down may then stop a worker in
   * the middle of a job.
   *
   * @default false
   */
  readonly skipActive?: boolean | undefined;
}

type MethodOf<M extends Metric | undefined> = M extends 'latency' ? 'latency' : 'quantity';

/** What a class must be able to do, given the options of its decorator: both methods where either metric may be meant. */
type ProcOf<O extends HireFireProcOptions> = Record<
  MethodOf<'metric' extends keyof O ? O['metric'] : undefined>,
  () => number | Promise<number>
>;

/** The options, and nothing that is none of them: a type parameter alone would let a misspelt one pass. */
type Exactly<O extends HireFireProcOptions> = O & Record<Exclude<keyof O, keyof HireFireProcOptions>, never>;

/** The decorator's arguments as they stand on the class. */
export interface HireFireProcMetadata {
  readonly name: string;
  readonly options: HireFireProcOptions;
}

// The CommonJS and the ESM copy of this package must find each other's procs.
const PROC_METADATA = 'nestjs-hirefire:proc';
const NEST_SCOPE_METADATA = 'scope:options';

/**
 * Marks a provider as a process of the Procfile that HireFire scales, and makes it injectable. A `scope` that
 * `@Injectable()` set stays, so that it can be refused when the app starts: a proc must be a singleton.
 *
 * The type refuses a class without `quantity()`, or without `latency()` for that metric. What the types can't see is
 * refused when the app starts, with a {@link HireFireConfigError}: a bad name or one that is taken, a scope, an option
 * that has no meaning for the class.
 *
 * @param name - the process name in the Procfile: a letter first, then letters, digits, `-` and `_`, 63 at most
 * @param options - may be left out: a proc reports its size, jobs being worked on included
 *
 * @example
 * ```ts
 * @HireFireProc('worker')
 * export class WorkerProc extends BullProc {
 *   constructor(@InjectQueue('mail') mail: Queue, @InjectQueue('images') images: Queue) {
 *     super(mail, images);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export function HireFireProc<const O extends HireFireProcOptions = Record<'metric', 'size'>>(
  name: string,
  options?: Exactly<O>,
): (target: abstract new (...args: never[]) => ProcOf<O>) => void {
  return (target) => {
    const scope = Reflect.getMetadata(NEST_SCOPE_METADATA, target) as ScopeOptions | undefined;
    Injectable(scope)(target);
    const metadata: HireFireProcMetadata = { name, options: options ?? {} };
    Reflect.defineMetadata(PROC_METADATA, metadata, target);
  };
}

/** What `@HireFireProc()` left on a class or its parent; `undefined` on anything else. */
export function procMetadataOf(target: unknown): HireFireProcMetadata | undefined {
  return typeof target === 'function'
    ? (Reflect.getMetadata(PROC_METADATA, target) as HireFireProcMetadata | undefined)
    : undefined;
}
