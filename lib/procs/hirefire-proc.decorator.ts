import 'reflect-metadata';
import { Injectable, type ScopeOptions } from '@nestjs/common';
import type { Metric } from '../hirefire.protocol.js';
import type { ProtectOptions } from './protect.js';

/**
 * Options of `@HireFireProc()`.
 *
 * @example
 * ```ts
 * const options: HireFireProcOptions = { metric: 'latency' };
 * ```
 *
 * @publicApi
 */
export interface HireFireProcOptions {
  /**
   * The number to report: `size` reports `quantity()`, in jobs; `latency` reports `latency()`, in seconds.
   *
   * @default 'size'
   */
  readonly metric?: Metric | undefined;

  /**
   * Leaves active jobs out of the size. For a `QueueProc` only. Scaling down may then stop a worker in the middle of a job.
   *
   * @default false
   */
  readonly skipActive?: boolean | undefined;

  /**
   * Names of queues, wherever the app registers them. For a `BullProc` or a `BullMQProc`, instead of a constructor or in
   * addition to it.
   *
   * @default none
   */
  readonly queues?: readonly string[] | undefined;

  /**
   * Keeps the number high enough for the dynos that run jobs, so the manager can be decrementable. For a `BullMQProc` with the
   * metric `size`, and for any `QueueProc` that sees active jobs with the metric `latency`.
   *
   * @default none
   */
  readonly protect?: ProtectOptions | undefined;
}

/** Decorates a class that has these methods. */
type ProcDecorator<Method extends 'quantity' | 'latency'> = (
  target: abstract new (...args: never[]) => Record<Method, () => number | Promise<number>>,
) => void;

/** The decorator's arguments, stored on the class. */
export interface HireFireProcMetadata {
  readonly name: string;
  readonly options: HireFireProcOptions;
}

// The CommonJS and the ESM copy of this package must find each other's procs.
const PROC_METADATA = 'nestjs-hirefire:proc';
const NEST_SCOPE_METADATA = 'scope:options';

/**
 * Marks a provider as a process of the Procfile that HireFire scales, and makes it injectable.
 *
 * The type refuses a class without `quantity()`, or without `latency()` for that metric. Other mistakes keep the app from
 * starting, with a {@link HireFireConfigError}: a bad name or one that is taken, a scope (a proc must be a singleton), an option
 * that has no meaning for the class.
 *
 * @param name - the process name in the Procfile: a letter first, then letters, digits, `-` and `_`, 63 at most
 * @param options - by default a proc reports its size, active jobs included
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends BullProc {
 *   constructor(@InjectQueue('mail') mail: Queue) {
 *     super(mail);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export function HireFireProc<M extends Metric>(
  name: string,
  options: HireFireProcOptions & { readonly metric: M },
): ProcDecorator<M extends 'latency' ? 'latency' : 'quantity'>;
export function HireFireProc(
  name: string,
  options?: HireFireProcOptions & { readonly metric?: 'size' | undefined },
): ProcDecorator<'quantity'>;
export function HireFireProc(name: string, options: HireFireProcOptions): ProcDecorator<'quantity' | 'latency'>;
export function HireFireProc(name: string, options: HireFireProcOptions = {}): ProcDecorator<never> {
  return (target) => {
    // Keeps a scope that @Injectable() has set: it is refused when the app starts.
    const scope = Reflect.getMetadata(NEST_SCOPE_METADATA, target) as ScopeOptions | undefined;
    Injectable(scope)(target);
    const metadata: HireFireProcMetadata = { name, options };
    Reflect.defineMetadata(PROC_METADATA, metadata, target);
  };
}

/** The arguments of `@HireFireProc()` on a class or its parent; `undefined` for anything else. */
export function procMetadataOf(target: unknown): HireFireProcMetadata | undefined {
  return typeof target === 'function'
    ? (Reflect.getMetadata(PROC_METADATA, target) as HireFireProcMetadata | undefined)
    : undefined;
}
