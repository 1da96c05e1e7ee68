import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { BackendProc } from '../procs/backend-proc.js';
import { procMetadataOf } from '../procs/hirefire-proc.decorator.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { checkQueues, type QueueReading } from '../procs/queue-proc.js';
import { HISTORY, type QueueHistory } from '../procs/trace.js';
import { QUEUES_BY_NAME, type AppProvider, type QueuesByName } from '../procs/queues-by-name.js';
import {
  bullFamily,
  isQueueOf,
  mayStandFor,
  placeOf,
  refusalOf,
  type BullFamilyLibrary,
  type BullFamilyQueue,
} from './bull-family.js';

// Symbols, because a Proxy can't reach #private members, and the user's class may use any other name.
const LIBRARY = Symbol('nestjs-hirefire:library');
const GIVEN = Symbol('nestjs-hirefire:given');
const UNFOUND = Symbol('nestjs-hirefire:unfound');
const FIND = Symbol('nestjs-hirefire:find');
const REFUSE_UNFOUND = Symbol('nestjs-hirefire:refuse-unfound');
const FIND_ONE = Symbol('nestjs-hirefire:find-one');

/** A proc over queues of Bull or BullMQ. Those that are given by name are found when the app starts. */
export class BullFamilyProc<Q extends BullFamilyQueue> extends BackendProc<Q> {
  private readonly [LIBRARY]: BullFamilyLibrary<Q>;
  private readonly [GIVEN]: readonly (Q | string)[];
  /** The first name whose queue is not known yet. */
  private [UNFOUND]: string | undefined;

  constructor(library: BullFamilyLibrary<Q>, queues: readonly (Q | string)[]) {
    // Flat, because JavaScript can pass a text for the list: the option is checked when the app starts.
    const given = [...queues, ...[procMetadataOf(new.target)?.options.queues ?? []].flat()];
    checkQueues(new.target.name, given, `, or name it, as in super('mail') or in the option "queues"`);
    const objects = given.filter((queue) => typeof queue !== 'string');
    super(bullFamily(library), objects, given);
    this[LIBRARY] = library;
    this[GIVEN] = given;
    this[UNFOUND] = given.find((queue) => typeof queue === 'string');
  }

  /** @internal */
  get [QUEUES_BY_NAME](): QueuesByName {
    const library = this[LIBRARY];
    return {
      library: library.name,
      find: (providers) => this[FIND](providers),
      placed: (value) =>
        isQueueOf(library, value) && refusalOf(library, value) === undefined
          ? { place: placeOf(library, value), name: value.name, server: undefined, ...this.describe(value) }
          : undefined,
    };
  }

  /** @throws MeasureFailure while a queue that was given by name is not there */
  protected override async read(
    queues: readonly Q[],
    metric: Metric,
    signal: AbortSignal,
  ): Promise<readonly QueueReading[]> {
    this[REFUSE_UNFOUND]();
    return super.read(queues, metric, signal);
  }

  /** @internal */
  override async [HISTORY](): Promise<readonly QueueHistory[] | null> {
    this[REFUSE_UNFOUND]();
    return super[HISTORY]();
  }

  private [REFUSE_UNFOUND](): void {
    if (this[UNFOUND] !== undefined) {
      throw new MeasureFailure(
        `${this.constructor.name} names the queue "${this[UNFOUND]}", which is not there yet: its module is loading, its factory is ` +
          `request-scoped, or the app has no HireFireModule`,
      );
    }
  }

  private [FIND](all: () => readonly AppProvider[]): void {
    const names = this[GIVEN].filter((queue) => typeof queue === 'string');
    if (names.length === 0) {
      return;
    }
    const providers = all();
    const queues = providers.map(({ instance }) => instance).filter((value) => isQueueOf(this[LIBRARY], value));
    const found = new Map(names.map((name) => [name, this[FIND_ONE](name, queues, providers)]));
    this[UNFOUND] = names.find((name) => found.get(name) === undefined);
    const located = this[GIVEN].map((queue) => (typeof queue === 'string' ? found.get(queue) : queue));
    this.queues = [...new Set(located.filter((queue) => queue !== undefined))];
  }

  /** @returns `undefined` while a queue of that name is not constructed */
  private [FIND_ONE](name: string, queues: readonly Q[], providers: readonly AppProvider[]): Q | undefined {
    const library = this[LIBRARY];
    const named = queues.filter((queue) => queue.name === name);
    const registered = providers.filter(({ token }) => token === `BullQueue_${name}`);
    if (registered.some(({ isConstructed }) => !isConstructed)) {
      return undefined;
    }
    // The token of @InjectQueue() leads to a test's double, and to a queue that another option of its factory renamed.
    const standIns = named.length > 0 ? [] : registered.map(({ instance }) => instance);
    const candidates = [...named, ...standIns.filter((value) => mayStandFor(library, value))];
    const distinct = [...new Map(candidates.map((queue) => [placeOf(library, queue), queue])).values()];
    const refuse = (why: string): HireFireConfigError =>
      new HireFireConfigError(`${this.constructor.name} ${why}`, procMetadataOf(this.constructor)?.name);

    const [queue] = distinct;
    if (!queue) {
      const known = [...new Set(queues.map((one) => one.name))].sort().join(', ');
      throw refuse(
        `names the queue "${name}", but the app has no such queue of ${library.name}` +
          (known === ''
            ? `. Register it with BullModule of ${library.nestModule}.`
            : `, only ${known}. Correct the name, or register the queue.`),
      );
    }
    if (distinct.length > 1) {
      const places = distinct.map((one) => {
        const { name: key = name, server = 'a server that it has not connected to' } = this.describe(one) ?? {};
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
}
