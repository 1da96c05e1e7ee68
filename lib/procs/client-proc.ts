import { HireFireConfigError } from '../hirefire.errors.js';
import { Proc } from './proc.js';

// By symbols, because #private members are out of reach for the methods of a Proxy, and other names could be the user's.
const CLIENTS = Symbol('nestjs-hirefire:clients');
const CLIENT_OF = Symbol('nestjs-hirefire:client-of');

/**
 * A {@link Proc} that measures its queues through one client each, made by name when first needed: the base for a
 * queue library whose queues are not injected.
 *
 * @typeParam C - the library's client, whatever that is
 *
 * @example
 * ```ts
 * @HireFireProc('worker')
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

  /**
   * Makes the client of one queue. Called once per queue, when first needed; after it threw, or gave a promise that
   * rejected, again at the next need.
   */
  abstract client(queue: string): C;

  /**
   * The clients of all queues, in the order of {@link queues}; a queue named twice has one.
   *
   * @throws HireFireConfigError when there is no queue, because the sum over nothing would be a false 0
   */
  get clients(): C[] {
    if (this.queues.length === 0) {
      throw new HireFireConfigError(`${this.constructor.name} has no queue: name at least one in \`queues\`.`);
    }
    return [...new Set(this.queues)].map((queue) => this[CLIENT_OF](queue));
  }

  private [CLIENT_OF](queue: string): C {
    const known = this[CLIENTS].get(queue);
    if (known !== undefined) {
      return known;
    }
    const client = this.client(queue);
    this[CLIENTS].set(queue, client);
    if (client instanceof Promise) {
      // A connection that failed must not fail every poll to come. Whoever awaits the client is told why.
      client.catch(() => this[CLIENTS].delete(queue));
    }
    return client;
  }
}
