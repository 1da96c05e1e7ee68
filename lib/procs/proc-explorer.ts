import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { HireFireConfigError } from '../hirefire.errors.js';
import { PROC_NAME_PATTERN, WEB_PROC_NAME, type Metric } from '../hirefire.protocol.js';
import { procMetadataOf, type HireFireProcMetadata } from './hirefire-proc.decorator.js';
import { isQueueProc } from './queue-proc.js';

/** A proc of the app, checked and ready to be measured. */
export interface DiscoveredProc {
  readonly name: string;
  readonly metric: Metric;
  readonly instance: object;
  /** Calls the method that the metric stands for. What comes back is the user's, and not to be trusted. */
  readonly ask: () => unknown;
}

/** A class that carries `@HireFireProc()`, or that inherits it. */
type ProcClass = Exclude<ReturnType<DiscoveryService['getProviders']>[number]['metatype'], null>;

interface MarkedProvider {
  readonly wrapper: ReturnType<DiscoveryService['getProviders']>[number];
  readonly metadata: HireFireProcMetadata;
  readonly type: ProcClass;
}

/** Finds the procs among the providers of every module, and refuses those that could not be measured rightly. */
@Injectable()
export class ProcExplorer {
  readonly #logger = new Logger('HireFireModule');
  readonly #warned = new Set<string>();

  constructor(private readonly discovery: DiscoveryService) {}

  /**
   * All procs of the app, sorted by name. Looks anew at each call, so that a lazily loaded module is found once it is there.
   *
   * @throws HireFireConfigError naming the class and the cure
   */
  explore(): readonly DiscoveredProc[] {
    const byName = new Map<string, { readonly proc: DiscoveredProc; readonly type: ProcClass }>();

    for (const { wrapper, metadata, type } of this.#markedProviders()) {
      refuseScope({ wrapper, metadata, type });
      const instance: unknown = wrapper.instance;
      const known = byName.get(metadata.name);
      if (known?.proc.instance === instance) {
        continue;
      }
      if (known?.type === type) {
        this.#warnOnce(
          `${type.name} is provided more than once; the first instance is the process "${metadata.name}". ` +
            `Provide it in one module only, and export it from there.`,
        );
        continue;
      }
      if (known) {
        throw new HireFireConfigError(
          `${known.type.name} and ${type.name} are both the process "${metadata.name}": give one of them another ` +
            `name, or let one class name all queues of the process.`,
          metadata.name,
        );
      }
      byName.set(metadata.name, { proc: checkedProc(instance, metadata, type), type });
    }

    return [...byName.values()].map(({ proc }) => proc).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #markedProviders(): MarkedProvider[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      // A factory's product is known by its class, a provider that a test overrode by its token.
      for (const type of [wrapper.metatype, classOf(wrapper.instance), wrapper.token]) {
        const metadata = procMetadataOf(type);
        if (metadata && typeof type === 'function') {
          return [{ wrapper, metadata, type }];
        }
      }
      return [];
    });
  }

  #warnOnce(message: string): void {
    if (!this.#warned.has(message)) {
      this.#warned.add(message);
      this.#logger.warn(message);
    }
  }
}

/** By the prototype, because reading `constructor` could wake the traps of a stranger's Proxy. */
function classOf(instance: unknown): unknown {
  if (instance === undefined || instance === null) {
    return undefined;
  }
  const prototype = Object.getPrototypeOf(instance) as { readonly constructor?: unknown } | null;
  return prototype?.constructor;
}

function refuseScope({ wrapper, metadata, type }: MarkedProvider): void {
  if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) {
    throw new HireFireConfigError(
      `${type.name} is ${wrapper.isTransient ? 'transient' : 'request-scoped'}, by its own scope or by what it injects: ` +
        `a proc is measured outside of any request and must be a singleton. Remove the scope.`,
      metadata.name,
    );
  }
}

function checkedProc(instance: unknown, { name, options }: HireFireProcMetadata, type: ProcClass): DiscoveredProc {
  // Typed as unknown, because JavaScript hands over anything.
  const { metric = 'size', skipActive = false }: { readonly metric?: unknown; readonly skipActive?: unknown } = options;
  const className = type.name;

  if (name === WEB_PROC_NAME) {
    throw new HireFireConfigError(
      `${className}: "web" can't be a proc, because web dynos are scaled by request queue time: see the option ` +
        `\`web\` of HireFireModule.forRoot(). Name the process that works on the queue.`,
      name,
    );
  }
  if (typeof name !== 'string' || !PROC_NAME_PATTERN.test(name)) {
    throw new HireFireConfigError(
      `${className}: ${JSON.stringify(name)} is no process name of a Procfile. Use a letter first, then letters, ` +
        `digits, "-" and "_", 63 characters at most.`,
      name,
    );
  }
  if (metric !== 'size' && metric !== 'latency') {
    throw new HireFireConfigError(
      `${className}: the option "metric" must be 'size' or 'latency', but it is ${JSON.stringify(metric)}.`,
      name,
    );
  }
  if (typeof instance !== 'object' || instance === null) {
    throw new HireFireConfigError(
      `${className} is the process "${name}", but its provider gave ${String(instance)}: let it give an instance.`,
      name,
    );
  }
  const prototype: unknown = type.prototype;
  if (skipActive === true && !(typeof prototype === 'object' && prototype !== null && isQueueProc(prototype))) {
    throw new HireFireConfigError(
      `${className}: the option "skipActive" has a meaning for a QueueProc only. Leave active jobs out in its own quantity().`,
      name,
    );
  }
  if (isQueueProc(instance) && !instance.metrics.includes(metric)) {
    throw new HireFireConfigError(
      `${className}: its backend can't measure the metric '${metric}'. Use ${instance.metrics.map((known) => `'${known}'`).join(' or ')}.`,
      name,
    );
  }

  const method = metric === 'size' ? 'quantity' : 'latency';
  const ask: unknown = Reflect.get(instance, method);
  if (typeof ask !== 'function') {
    throw new HireFireConfigError(
      `${className} has no ${method}(), which the metric '${metric}' needs: implement it` +
        (metric === 'latency' ? `, or use the metric 'size'.` : `.`),
      name,
    );
  }
  return { name, metric, instance, ask: (): unknown => Reflect.apply(ask, instance, []) };
}
