/** A real Redis Cluster for the tests: three masters on free ports, which share the slots. */
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, RedisServer } from './redis-server.js';

/** The last slot of each master. */
const LAST_SLOTS = [5460, 10922, 16383];

/** Needs Redis 7. A master that is down keeps its slots, and the others go on without them. */
export class RedisCluster {
  private constructor(
    readonly masters: readonly RedisServer[],
    private readonly busPorts: readonly number[],
  ) {}

  static async start(): Promise<RedisCluster> {
    const busPorts = await Promise.all(LAST_SLOTS.map(freePort));
    const masters = await Promise.all(
      busPorts.map((port) =>
        RedisServer.reserve(
          ...['--cluster-enabled', 'yes', '--cluster-port', `${port}`, '--cluster-node-timeout', '5000'],
          // Whatever was answered is in the file, also when the process is killed: "everysec" may put writing it off.
          ...['--cluster-require-full-coverage', 'no', '--appendonly', 'yes', '--appendfsync', 'no'],
        ),
      ),
    );
    const cluster = new RedisCluster(masters, busPorts);
    try {
      await Promise.all(masters.map((master) => master.start()));
      await cluster.#form();
      await cluster.untilOk();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async #form(): Promise<void> {
    await this.#ask(async (redis, index) => {
      await redis.cluster('ADDSLOTSRANGE', (LAST_SLOTS[index - 1] ?? -1) + 1, LAST_SLOTS[index] ?? 0);
      if (index > 0) {
        // The types of ioredis do not know the port of the bus.
        await redis.call('CLUSTER', 'MEET', '127.0.0.1', `${this.masters[0]?.port}`, `${this.busPorts[0]}`);
      }
    });
  }

  /** Resolves once every master knows the others and serves its slots. Redis sends no event for that, so it polls. */
  async untilOk(): Promise<void> {
    await this.#ask(async (redis) => {
      while (!isOk(await redis.cluster('INFO'))) {
        await setTimeout(20);
      }
    });
  }

  /** The port of the master that holds a key, by the Cluster's own map. */
  async masterOf(key: string): Promise<number | undefined> {
    const [port] = await this.#ask(async (redis) => {
      const slot = await redis.cluster('KEYSLOT', key);
      const ranges = await redis.cluster('SLOTS');
      return ranges.find(([first, last]) => first <= slot && slot <= last)?.[2]?.[1];
    });
    return port;
  }

  /**
   * Moves the slot of a key, and the keys in it one by one, from one master to another, as resharding does.
   *
   * @param meanwhile - called when none of the keys has been moved, then one half of them, then all
   */
  async moveSlot(key: string, from: RedisServer, to: RedisServer, meanwhile: () => Promise<void>): Promise<void> {
    const [source, target] = [new Redis(from.url), new Redis(to.url)];
    try {
      const slot = await source.cluster('KEYSLOT', key);
      const [sourceId, targetId] = [await source.cluster('MYID'), await target.cluster('MYID')];
      await target.cluster('SETSLOT', slot, 'IMPORTING', sourceId);
      await source.cluster('SETSLOT', slot, 'MIGRATING', targetId);
      const keys = await source.cluster('GETKEYSINSLOT', slot, 10_000);
      await meanwhile();
      for (const [index, moved] of keys.entries()) {
        await source.migrate('127.0.0.1', to.port, moved, 0, 5000);
        if (index + 1 === Math.floor(keys.length / 2)) {
          await meanwhile();
        }
      }
      await meanwhile();
      await target.cluster('SETSLOT', slot, 'NODE', targetId);
      await source.cluster('SETSLOT', slot, 'NODE', targetId);
    } finally {
      source.disconnect();
      target.disconnect();
    }
  }

  /** Ends the servers and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(this.masters.map((master) => master.stop()));
  }

  async #ask<T>(ask: (redis: Redis, index: number) => Promise<T>): Promise<T[]> {
    const clients = this.masters.map(({ url }) => new Redis(url));
    try {
      return await Promise.all(clients.map(ask));
    } finally {
      clients.forEach((client) => client.disconnect());
    }
  }
}

function isOk(info: string): boolean {
  return ['cluster_state:ok', 'cluster_slots_ok:16384', `cluster_known_nodes:${LAST_SLOTS.length}`].every((line) =>
    info.includes(`${line}\r`),
  );
}
