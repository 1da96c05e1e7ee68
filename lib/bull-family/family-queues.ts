import { HireFireConfigError } from '../hirefire.errors.js';
import type { Backend } from '../procs/backend.js';
import { procMetadataOf } from '../procs/hirefire-proc.decorator.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { checkQueues } from '../procs/queue-proc.js';
import type { AppProvider, QueuesByName } from '../procs/queues-by-name.js';
import {
  bullFamily,
  isQueueOf,
  mayStandFor,
  placeOf,
  refusalOf,
  type BullFamilyLibrary,
  type BullFamilyQueue,
} from './bull-family.js';

/**
 * The parts of a proc of Bull or BullMQ: the queues that were injected, the search for those that were named, and the backend of both.
 *
 * @throws HireFireConfigError without a queue, and for one that is missing or can't be read
 */
export function familyQueues<Q extends BullFamilyQueue>(
  library: BullFamilyLibrary<Q>,
  procClass: { readonly name: string },
  queues: readonly (Q | string)[],
): { readonly objects: readonly Q[]; readonly backend: Backend<Q>; readonly byName: QueuesByName } {
  const { name: className } = procClass;
  const { name: procName, options } = procMetadataOf(procClass) ?? {};
  // Flat, because JavaScript can pass a text for the list: the option is checked when the app starts.
  const given = [...queues, ...[options?.queues ?? []].flat()];
  checkQueues(className, given, `, or name it, as in super('mail') or in the option "queues"`);
  const objects = given.filter((queue) => typeof queue !== 'string');
  const names = given.filter((queue) => typeof queue === 'string');
  for (const queue of objects) {
    const refusal = refusalOf(library, queue);
    if (refusal !== undefined) {
      throw new HireFireConfigError(
        `${className} extends ${library.name}Proc, but queue ${given.indexOf(queue) + 1} ${refusal}`,
      );
    }
    // Now, to see that a connection is lost before the first poll.
    placeOf(library, queue);
  }
  const backend = bullFamily(library);
  /** The first name whose queue is not known yet. */
  let unfound = names[0];

  function refuseUnfound(): void {
    if (unfound !== undefined) {
      throw new MeasureFailure(
        `${className} names the queue "${unfound}", which is not there yet: its module is loading, its factory is request-scoped, ` +
          `or the app has no HireFireModule`,
      );
    }
  }

  /** Finds the queue of a name; `undefined` while it is not constructed. */
  function find(name: string, known: readonly Q[], providers: readonly AppProvider[]): Q | undefined {
    const named = known.filter((queue) => queue.name === name);
    const registered = providers.filter(({ token }) => token === `BullQueue_${name}`);
    if (registered.some(({ isConstructed }) => !isConstructed)) {
      return undefined;
    }
    // The token of @InjectQueue() leads to a test's double, and to a queue that another option of its factory renamed.
    const standIns = named.length > 0 ? [] : registered.map(({ instance }) => instance);
    const candidates = [...named, ...standIns.filter((value) => mayStandFor(library, value))];
    const distinct = [...new Map(candidates.map((queue) => [placeOf(library, queue), queue])).values()];
    const refuse = (why: string): HireFireConfigError => new HireFireConfigError(`${className} ${why}`, procName);

    const [queue] = distinct;
    if (!queue) {
      const others = [...new Set(known.map((one) => one.name))].sort().join(', ');
      throw refuse(
        `names the queue "${name}", but the app has no such queue of ${library.name}` +
          (others === ''
            ? `. Register it with BullModule of ${library.nestModule}.`
            : `, only ${others}. Correct the name, or register the queue.`),
      );
    }
    if (distinct.length > 1) {
      const places = distinct.map((one) => {
        const { name: key = name, server = 'a server that it has not connected to' } = backend.describe(one) ?? {};
        return `${key} on ${server}`;
      });
      throw refuse(
        `names the queue "${name}", but the app has ${distinct.length} of that name, with different prefixes or connections: ` +
          `${places.join(' and ')}. Move the class into a module that imports only the right one, and inject it there, as in ` +
          `@InjectQueue('${name}') queue: Queue.`,
      );
    }
    const refusal = refusalOf(library, queue);
    if (refusal !== undefined) {
      throw refuse(`extends ${library.name}Proc, but the queue "${name}" ${refusal}`);
    }
    return queue;
  }

  return {
    objects,
    backend: {
      ...backend,
      async read(...asked) {
        refuseUnfound();
        return backend.read(...asked);
      },
      async history(...asked) {
        refuseUnfound();
        return (await backend.history?.(...asked)) ?? null;
      },
    },
    byName: {
      library: library.name,
      find: (proc, all) => {
        if (names.length === 0) {
          return;
        }
        const providers = all();
        const known = providers.map(({ instance }) => instance).filter((value) => isQueueOf(library, value));
        const found = new Map(names.map((name) => [name, find(name, known, providers)]));
        unfound = names.find((name) => found.get(name) === undefined);
        const located = given.map((queue) => (typeof queue === 'string' ? found.get(queue) : queue));
        proc.queues = [...new Set(located.filter((queue) => queue !== undefined))];
      },
      placed: (value) =>
        isQueueOf(library, value) && refusalOf(library, value) === undefined
          ? { place: placeOf(library, value), name: value.name, server: undefined, ...backend.describe(value) }
          : undefined,
    },
  };
}
