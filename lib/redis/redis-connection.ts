import { MeasureFailure } from '../procs/measure-failure.js';
import { isIoredis, isNodeRedis, statusOf, type ClusterNode, type RedisClient } from './redis-client.js';
import { isLasting, isTelling, redisFailure } from './redis-failure.js';

/** ms after which a command that waits for an answer, or for the first connection, is no longer waited for. */
const MAX_SILENCE = 30_000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Watches a client that belongs to a queue, and never asks a server that is known to be away: ioredis and node-redis keep
 * commands while they are offline, so they would pile up and settle long after anyone cares.
 */
export class RedisConnection {
  static readonly #ofClient = new WeakMap<RedisClient, RedisConnection>();

  #wasReady: boolean;
  /** Whether a client of node-redis has ended or given up: its state alone looks as it did before it was opened. */
  #hasEnded = false;
  #lastError: unknown;
  /** When the last answer came: of a Cluster, one node can be silent while the others are not. */
  #answeredAt = -Infinity;
  /** What waits for the first connection, the oldest first, and since when. */
  readonly #waiting = new Map<Waiting, number>();
  /** What is under way, the oldest first, and since when. */
  readonly #inFlight = new Map<Waiting['reject'], number>();

  /** The one watcher of a client, which several queues may share. */
  static of(client: RedisClient): RedisConnection {
    const known = RedisConnection.#ofClient.get(client);
    if (known) {
      return known;
    }
    const connection = new RedisConnection(client);
    RedisConnection.#ofClient.set(client, connection);
    return connection;
  }

  private constructor(private readonly client: RedisClient) {
    this.#wasReady = statusOf(client) === 'ready';
    const most = client.getMaxListeners();
    // Ours must not be the one too many that Node warns of; 0 is no limit.
    client.setMaxListeners(most === 0 ? 0 : most + 1);
    client.on('ready', () => {
      this.#wasReady = true;
      this.#hasEnded = false;
      this.#settleWaiting(({ resolve }) => resolve());
    });
    const onError = (error: unknown): void => {
      // A Cluster says of its nodes what is wrong, and of itself only that none could be asked.
      if (isTelling(error) || !isTelling(this.#lastError)) {
        this.#lastError = error;
      }
      if (isNodeRedis(client) && !client.isReady) {
        // It tells of a lost connection by an error only, and of its giving up by being closed then.
        this.#loseInFlight();
        this.#hasEnded = !client.isOpen;
      }
      if (isLasting(error) || this.#hasEnded) {
        this.#settleWaiting(({ reject }) => reject(this.#away()));
      }
    };
    client.on('error', onError);
    if (isIoredis(client) && client.isCluster === true) {
      client.on('node error', onError);
      client.nodes?.().forEach((node) => hearNode(node, onError));
      client.on('+node', (node) => hearNode(node, onError));
    }
    client.on('close', () => this.#loseInFlight());
    client.on('end', () => {
      this.#hasEnded = true;
      this.#loseInFlight();
      this.#settleWaiting(({ reject }) => reject(this.#away()));
    });
  }

  /** Whether a command can be sent now, and none waits for an answer: of two connections, the one that surely works. */
  get isIdle(): boolean {
    return statusOf(this.client) === 'ready' && this.#inFlight.size === 0;
  }

  /**
   * Sends a command. A connection that was never made yet is waited for, unless the server refuses it; one that was lost
   * rejects at once, also while the command is under way, and so does one over which nothing has been answered for long.
   */
  async send<T>(command: () => Promise<T>): Promise<T> {
    await this.#ready();
    this.#refuseSilence();
    const answer = await new Promise<T>((resolve, reject) => {
      this.#inFlight.set(reject, performance.now());
      command()
        .then(resolve, reject)
        .finally(() => this.#inFlight.delete(reject));
    });
    // Not when ready: ioredis reports a refused login first, and then that it is ready.
    this.#lastError = undefined;
    this.#answeredAt = performance.now();
    return answer;
  }

  async #ready(): Promise<void> {
    // A lazy client, in status "wait", connects with its first command.
    const status = statusOf(this.client);
    if (status === 'ready' || status === 'wait') {
      return;
    }
    if (this.#wasReady || isLasting(this.#lastError) || this.#hasEnded || status === 'end') {
      throw this.#away();
    }
    this.#giveUpLongWaits();
    await new Promise<void>((resolve, reject) => this.#waiting.set({ resolve, reject }, performance.now()));
  }

  /** Why a command waits for its connection; `undefined` where it does not. */
  get whyWaiting(): MeasureFailure | undefined {
    return this.#waiting.size === 0 ? undefined : this.#away();
  }

  /** Whoever asked has been told long ago that it failed. */
  #giveUpLongWaits(): void {
    for (const [waiting, since] of this.#waiting) {
      if (performance.now() - since > MAX_SILENCE) {
        this.#waiting.delete(waiting);
        waiting.reject(this.#away());
      }
    }
  }

  #refuseSilence(): void {
    const [oldest] = this.#inFlight.values();
    const silence = oldest === undefined ? 0 : performance.now() - Math.max(oldest, this.#answeredAt);
    if (silence > MAX_SILENCE) {
      throw new MeasureFailure(`Redis has not answered for over ${MAX_SILENCE / 1000} s`);
    }
  }

  #loseInFlight(): void {
    const lost = [...this.#inFlight.keys()];
    this.#inFlight.clear();
    lost.forEach((reject) => reject(this.#away()));
  }

  #away(): MeasureFailure {
    return redisFailure('the connection to Redis is down', this.#lastError);
  }

  #settleWaiting(settle: (one: Waiting) => void): void {
    const waiting = [...this.#waiting.keys()];
    this.#waiting.clear();
    waiting.forEach(settle);
  }
}

/** A Cluster asks a node for its slots by a copy of the node's client, and keeps to itself why that could not connect. */
function hearNode(node: ClusterNode, onError: (error: unknown) => void): void {
  const duplicate = node.duplicate.bind(node);
  node.duplicate = (override) => {
    const copy = duplicate(override);
    copy.on('error', onError);
    return copy;
  };
}
