import 'reflect-metadata';
import { Injectable, type ScopeOptions } from '@nestjs/common';
import type { Metric } from '../hirefire.protocol.js';

/**
 * Options of `@HireFireProc()`.
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

interface SizeProc {
  quantity(): number | Promise<number>;
}

interface LatencyProc {
  latency(): number | Promise<number>;
}

/** What a class must be able to do, given the options of its decorator. */
type ProcOf<O extends HireFireProcOptions> = 'size' | undefined extends O['metric']
  ? 'latency' extends O['metric']
    ? SizeProc & LatencyProc
    : SizeProc
  : O['metric'] extends 'latency'
    ? LatencyProc
    : SizeProc;

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
 * @param name - the process name in the Procfile: a letter first, then letters, digits, `-` and `_`, 63 at most
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
export function HireFireProc<const O extends HireFireProcOptions = { readonly metric: 'size' }>(
  name: string,
  options?: O,
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
