import type { ModulesContainer } from '@nestjs/core';
import { isArray, isObject, propertyOf, safely } from '../hirefire.unknown.js';
import { isMethod, NEVER, prototypeOf, type Method } from './library.js';

/** All that can be a worker among an app's providers. */
export function candidatesIn(modules: ModulesContainer): ReadonlySet<unknown> {
  return new Set(
    [...modules.values()].flatMap(({ metatype, providers }) =>
      [...providers.values()].flatMap((wrapper) => candidatesOf(() => wrapper.instance, metatype)),
    ),
  );
}

/** @param module - the class of the module that provides it */
function candidatesOf(instanceOf: () => unknown, module: unknown): readonly unknown[] {
  const candidates = safely(() => {
    const instance = instanceOf();
    // @nestjs/bullmq gives each of its processors a worker.
    return isObject(instance) ? [instance, propertyOf(instance, '_worker'), ...workersOfQueue(instance, module)] : [];
  });
  return candidates ?? [];
}

/** The workers of `registerQueue({ processors })` of `@nestjs/bullmq`, which only the queue's shutdown hook knows. */
function workersOfQueue(queue: object, module: unknown): readonly unknown[] {
  const processors = propertyOf(propertyOf(queue, 'opts'), 'processors');
  const hook = propertyOf(queue, 'onApplicationShutdown');
  const prototype = prototypeOf(typeof module === 'function' ? Reflect.get(module, '_workerClass') : undefined);
  return isArray(processors) && processors.length > 0 && isMethod(hook) && prototype ? closedBy(hook, prototype) : [];
}

/** The workers that a hook closes first, without closing them: it gets no further. */
function closedBy(hook: Method, prototype: object): readonly unknown[] {
  const workers: unknown[] = [];
  const close: unknown = Reflect.get(prototype, 'close');
  Reflect.set(prototype, 'close', function (this: unknown) {
    workers.push(this);
    return NEVER;
  });
  try {
    hook.call({ close: () => NEVER });
  } finally {
    Reflect.set(prototype, 'close', close);
  }
  return workers;
}
