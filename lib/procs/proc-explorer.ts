import { Injectable, Logger } from '@nestjs/common';
import { ContextIdFactory, DiscoveryService } from '@nestjs/core';
import { bool, checked, oneOf, refuse, shown, type Check } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { PROC_NAME_PATTERN, WEB_PROC_NAME, type Metric } from '../hirefire.protocol.js';
import { isArray, isObject, propertyOf, safely } from '../hirefire.unknown.js';
import { typeOf } from './failure-message.js';
import { procMetadataOf, type HireFireProcMetadata } from './hirefire-proc.decorator.js';
import { METHOD_OF, Proc } from './proc.js';
import { anObject, checkedProtect } from './protect.js';
import { isQueueProc } from './queue-proc.js';
import { QUEUES_BY_NAME, takesNames, type AppProvider } from './queues-by-name.js';

/** A proc of the app, checked and ready to be measured. */
export interface DiscoveredProc {
  readonly name: string;
  readonly metric: Metric;
  readonly instance: object;
  /** Calls the metric's method. Its result is the user's and still unchecked. */
  readonly ask: () => unknown;
}

type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A class with `@HireFireProc()`, its own or inherited. */
type ProcClass = Exclude<InstanceWrapper['metatype'], null>;

interface MarkedProvider {
  readonly wrapper: InstanceWrapper;
  readonly metadata: HireFireProcMetadata;
  readonly type: ProcClass;
}

/** Finds the procs among the providers of every module, and refuses those that can't be measured correctly. */
@Injectable()
export class ProcExplorer {
  private readonly logger = new Logger('HireFireModule');
  private readonly warned = new Set<string>();
  /** Providers that are not procs, with their instances at the time. */
  private readonly others = new WeakMap<InstanceWrapper, unknown>();

  constructor(private readonly discovery: DiscoveryService) {}

  /** All procs of the app, sorted by name. Each call searches again and finds modules that were loaded lazily. */
  explore(): readonly DiscoveredProc[] {
    const byName = new Map<string, { readonly proc: DiscoveredProc; readonly type: ProcClass }>();
    let providers: readonly AppProvider[] | undefined;

    for (const provider of this.discovery.getProviders().flatMap((wrapper) => this.markedProvider(wrapper) ?? [])) {
      const { wrapper, metadata, type } = provider;
      refuseScope(provider);
      if (!isConstructed(wrapper)) {
        continue;
      }
      const instance: unknown = wrapper.instance;
      const known = byName.get(metadata.name);
      if (!known) {
        byName.set(metadata.name, { proc: checkedProc(instance, metadata, type), type });
        if (takesNames(instance)) {
          instance[QUEUES_BY_NAME].find(instance, () => (providers ??= this.providers()));
        }
        continue;
      }
      // An alias has the same instance.
      if (known.proc.instance === instance) {
        continue;
      }
      if (known.type !== type) {
        throw new HireFireConfigError(
          `${known.type.name} and ${type.name} are both the process "${metadata.name}": give one of them another ` +
            `name, or let one class name all queues of the process.`,
          metadata.name,
        );
      }
      this.warnOnce(
        `${type.name} is provided more than once; the first instance is the process "${metadata.name}". ` +
          `Provide it in one module only, and export it from there.`,
      );
    }

    return [...byName.values()].map(({ proc }) => proc).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  providers(): readonly AppProvider[] {
    return this.discovery.getProviders().map((wrapper) => {
      const instance: unknown = wrapper.instance;
      return { token: wrapper.token, instance, isConstructed: isConstructed(wrapper) };
    });
  }

  private markedProvider(wrapper: InstanceWrapper): MarkedProvider | undefined {
    // Looks at each instance once, because a Proxy of the app may throw or log each time.
    if (this.others.has(wrapper) && this.others.get(wrapper) === wrapper.instance) {
      return undefined;
    }
    // The instance's class identifies the product of a factory; the token, a provider that a test overrode.
    for (const type of [wrapper.metatype, classOf(wrapper.instance), wrapper.token]) {
      const metadata = procMetadataOf(type);
      if (metadata && typeof type === 'function') {
        return { wrapper, metadata, type };
      }
    }
    if (isProc(wrapper.instance)) {
      this.warnOnce(
        `${wrapper.instance.constructor.name} extends Proc but has no @HireFireProc(), so it is not reported to HireFire: ` +
          `mark the class, with the name of its process in the Procfile.`,
      );
    }
    this.others.set(wrapper, wrapper.instance);
    return undefined;
  }

  private warnOnce(message: string): void {
    if (!this.warned.has(message)) {
      this.warned.add(message);
      this.logger.warn(message);
    }
  }
}

/** Reads the class from the prototype, because reading `constructor` could trigger a Proxy's traps. */
function classOf(instance: unknown): unknown {
  return isObject(instance) ? safely(() => propertyOf(Object.getPrototypeOf(instance), 'constructor')) : undefined;
}

function isProc(instance: unknown): instance is Proc {
  return safely(() => instance instanceof Proc) === true;
}

/** True if Nest has constructed it: a module that is loading lazily has bare prototypes in place of instances. */
function isConstructed(wrapper: InstanceWrapper): boolean {
  // A singleton needs no particular context.
  return wrapper.getInstanceByContextId(ContextIdFactory.create()).isResolved === true;
}

function refuseScope({ wrapper, metadata, type }: MarkedProvider): void {
  if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) {
    throw new HireFireConfigError(
      `${type.name} is ${wrapper.isTransient ? 'transient' : 'request-scoped'}, by its own scope or by what it injects: ` +
        `a proc is measured outside of any request and must be a singleton. Remove the scope, or what brings it in.`,
      processName(metadata),
    );
  }
}

/** The name for error messages; JavaScript can pass any type. */
function processName({ name }: { readonly name: unknown }): string {
  return typeof name === 'string' ? name : shown(name);
}

function checkedProc(instance: unknown, metadata: HireFireProcMetadata, type: ProcClass): DiscoveredProc {
  const className = type.name;
  const name = checkedName(metadata, className);
  const options = checkedOptions(metadata, className);

  if (!isObject(instance)) {
    throw new HireFireConfigError(
      `${className} is the process "${name}", but its provider gave ${typeOf(instance)}: let it give an instance.`,
      name,
    );
  }
  refuseUnsupported({ name, instance }, options, type);
  const { metric } = options;
  const method = METHOD_OF[metric];
  const ask = propertyOf(instance, method);
  if (typeof ask !== 'function') {
    throw new HireFireConfigError(
      `${className} has no ${method}(), which the metric '${metric}' needs: implement it` +
        (metric === 'latency' ? `, or use the metric 'size'.` : `.`),
      name,
    );
  }
  return { name, metric, instance, ask: (): unknown => Reflect.apply(ask, instance, []) };
}

/** @throws HireFireConfigError for options that the class does not support */
function refuseUnsupported(
  { name, instance }: Pick<DiscoveredProc, 'name' | 'instance'>,
  { metric, skipActive, queues, protect }: ReturnType<typeof checkedOptions>,
  type: ProcClass,
): void {
  // Looks at the class, because a test may have replaced its instance.
  const prototype: unknown = type.prototype;
  if (skipActive && !isQueueProc(prototype)) {
    throw new HireFireConfigError(
      `${type.name}: the option "skipActive" has a meaning for a QueueProc only. Remove it, and leave active jobs out ` +
        `in its own quantity().`,
      name,
    );
  }
  if (protect && !isQueueProc(prototype)) {
    throw new HireFireConfigError(
      `${type.name}: the option "protect" has a meaning for a QueueProc only. Remove it, and keep its own ${METHOD_OF[metric]}() ` +
        `high enough for the dynos that run jobs.`,
      name,
    );
  }
  if (queues && !(QUEUES_BY_NAME in type)) {
    throw new HireFireConfigError(
      `${type.name}: the option "queues" has a meaning for a BullProc or a BullMQProc only. Remove it, and name the queues ` +
        `in super().`,
      name,
    );
  }
  if (!isQueueProc(instance)) {
    return;
  }
  const { metrics, seesActive, activeCure, namesWorkers } = instance;
  if (!metrics.includes(metric)) {
    throw new HireFireConfigError(
      `${type.name}: its backend can't measure the metric '${metric}'. Use ${metrics.map((known) => `'${known}'`).join(' or ')}.`,
      name,
    );
  }
  if (protect && metric === 'latency' && !seesActive) {
    throw new HireFireConfigError(
      `${type.name}: its backend can't see active jobs, so it can't protect them. ${activeCure}Otherwise remove the option "protect".`,
      name,
    );
  }
  if (protect && metric === 'size' && !namesWorkers) {
    throw new HireFireConfigError(
      `${type.name}: its backend can't know which dyno runs a job, so it can't protect dynos. Remove the option "protect", and turn ` +
        `"decrementable" off in HireFire; or use the metric 'latency' with protect: { minimumLatency }.`,
      name,
    );
  }
  if (metric === 'size' && !seesActive && !skipActive) {
    throw new HireFireConfigError(
      `${type.name}: its backend can't see active jobs, so HireFire may stop a worker in the middle of a job. ${activeCure}To ` +
        `accept that, set @HireFireProc('${name}', { skipActive: true }), and let workers end or give back their jobs within 30 ` +
        `seconds of SIGTERM.`,
      name,
    );
  }
}

function checkedName(metadata: HireFireProcMetadata, className: string): string {
  // Unknown here and below, because JavaScript can pass anything.
  const name: unknown = metadata.name;
  if (name === WEB_PROC_NAME) {
    throw new HireFireConfigError(
      `${className}: "web" can't be a proc, because web dynos are scaled by request queue time: see the option ` +
        `\`web\` of HireFireModule.forRoot(). Name the process that works on the queue.`,
      name,
    );
  }
  if (typeof name !== 'string' || !PROC_NAME_PATTERN.test(name)) {
    throw new HireFireConfigError(
      `${className}: ${shown(name)} is not a valid Procfile process name. Use a letter first, then letters, digits, ` +
        `"-" and "_", 63 characters at most.`,
      processName(metadata),
    );
  }
  return name;
}

const names: Check<readonly string[] | undefined> = (given) =>
  given === undefined || (isArray(given) && given.every((name) => typeof name === 'string'))
    ? given
    : refuse(`a list of names, such as ['mail', 'images']`, given);

function checkedOptions(metadata: HireFireProcMetadata, className: string) {
  const options: unknown = metadata.options;
  if (typeof options !== 'object' || options === null) {
    throw new HireFireConfigError(
      `${className}: the options of @HireFireProc() must be an object, such as { metric: 'latency' }, but they are ` +
        `${shown(options)}.`,
      metadata.name,
    );
  }
  const subject = { owner: className, procName: metadata.name };
  const { protect, ...rest } = checked(
    { metric: oneOf('size', 'latency'), skipActive: bool(false), queues: names, protect: anObject },
    options,
    subject,
  );
  return { ...rest, protect: protect && checkedProtect(protect, rest.metric, subject) };
}
