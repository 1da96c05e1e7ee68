import { HireFireConfigError } from '../hirefire.errors.js';
import { remembered } from '../hirefire.remembered.js';
import { Proc } from './proc.js';

// A symbol, because a Proxy can't reach #private members, and a user's class may have members of any other name.
const CLIENTS = Symbol('nestjs-hirefire:clients');

/**
 * A {@link Proc} that measures each queue through a client, which it creates by name when first needed: the base for a queue
 * library whose queues are not injected.
 *
 * @typeParam C - the library's client
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends ClientProc<LegacyQueue> {
 *   queues = ['mail', 'images'];
 *
 *   client(queue: string): LegacyQueue {
 *     return new LegacyQueue(queue);
 *   }
 *
 *   async quantity(): Promise<number> {
 *     const sizes = await Promise.all(this.clients.map((client) => client.size()));
 *     return sizes.reduce((sum, size) => sum + size, 0);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export abstract class ClientProc<C> extends Proc {
  /** The names of the queues that this process works on. */
  abstract queues: string[];

  private readonly [CLIENTS] = new Map<string, C>();

  /** Creates the client of one queue, once, when first needed, and again after it threw or its promise rejected. */
  abstract client(queue: string): C;

  /**
   * The clients of all queues, in the order of {@link queues}; a queue named twice has one.
   *
   * @throws HireFireConfigError without a queue, because the sum over nothing would be a false 0
   */
  get clients(): C[] {
    if (this.queues.length === 0) {
      throw new HireFireConfigError(`${this.constructor.name} has no queue: name at least one in \`queues\`.`);
    }
    const create = (queue: string): C => {
      const client = this.client(queue);
      if (client instanceof Promise) {
        // A failed connection must not fail every later poll. The caller that awaits the client gets the error.
        client.catch(() => this[CLIENTS].delete(queue));
      }
      return client;
    };
    return [...new Set(this.queues)].map((queue) => remembered(this[CLIENTS], queue, () => create(queue)));
  }
}
