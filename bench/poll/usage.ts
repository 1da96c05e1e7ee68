/** What polls cost besides time, as Redis and this process count it. */
import type { Redis } from 'ioredis';

/** For one poll. */
export interface Usage {
  /** That Redis ran, within scripts too. */
  readonly commands: number;
  /** New ones. */
  readonly connections: number;
  readonly bytesToRedis: number;
  readonly bytesFromRedis: number;
  /** CPU time in ms. */
  readonly clientCpu: number;
  readonly redisCpu: number;
}

export const USAGES = [
  'commands',
  'connections',
  'bytesToRedis',
  'bytesFromRedis',
  'clientCpu',
  'redisCpu',
] as const satisfies readonly (keyof Usage)[];

/** Counts since Redis was started. */
export type RedisCounters = Omit<Usage, 'clientCpu'>;

/** @param control - a connection over which nothing else is sent */
export async function usageOf(control: Redis, polls: number, poll: () => Promise<unknown>): Promise<Usage> {
  // Reading the counters counts as well: as much as between two readings with nothing between them.
  const first = await countersOf(control);
  const before = await countersOf(control);
  const cpuBefore = process.cpuUsage();
  for (let done = 0; done < polls; done++) {
    await poll();
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const after = await countersOf(control);
  const perPoll = (name: keyof RedisCounters): number =>
    Math.max(after[name] - before[name] - (before[name] - first[name]), 0) / polls;
  return {
    commands: perPoll('commands'),
    connections: perPoll('connections'),
    bytesToRedis: perPoll('bytesToRedis'),
    bytesFromRedis: perPoll('bytesFromRedis'),
    clientCpu: (user + system) / 1_000 / polls,
    redisCpu: perPoll('redisCpu'),
  };
}

export async function countersOf(control: Redis): Promise<RedisCounters> {
  return parseCounters(await control.info('all'));
}

/** @throws Error when the text of INFO lacks a counter */
export function parseCounters(info: string): RedisCounters {
  const number = (name: string): number => {
    const [, value] = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info) ?? [];
    if (value === undefined) {
      throw new Error(`INFO of Redis does not tell ${name}`);
    }
    return Number(value);
  };
  const calls = [...info.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)].map(([, count]) => Number(count));
  return {
    commands: calls.reduce((sum, count) => sum + count, 0),
    connections: number('total_connections_received'),
    bytesToRedis: number('total_net_input_bytes'),
    bytesFromRedis: number('total_net_output_bytes'),
    redisCpu: (number('used_cpu_user') + number('used_cpu_sys')) * 1_000,
  };
}
