import { expect } from '@jest/globals';
import type { Redis } from 'ioredis';
import { contentsOf } from '../support/redis.js';

/** Our commands and the observer's that Redis does not flag as readonly. */
const EXPECTED = ['evalsha', 'eval', 'config|resetstat', 'info', 'time'];

/** Measures ten times: one call of a script each, which reads only, and no connection. */
export async function expectToOnlyRead(observer: Redis, measure: () => Promise<unknown>): Promise<void> {
  await measure();
  const before = await contentsOf(observer);
  await observer.config('RESETSTAT');
  for (let count = 1; count <= 10; count++) {
    await measure();
  }

  const statistics = await observer.info('commandstats');
  expect(statistics).toMatch(/cmdstat_evalsha:calls=10,/);
  const seen = [...statistics.matchAll(/cmdstat_([\w|]+):calls=/g)].map(([, name = '']) => name);
  const readers = seen.filter((name) => !EXPECTED.includes(name));
  const flags = (await observer.call('COMMAND', 'INFO', ...readers)) as [string, number, string[]][];
  expect(flags.map(([name, , of]) => ({ name, reads: of.includes('readonly') }))).toEqual(
    readers.map((name) => ({ name, reads: true })),
  );
  expect(await observer.info('stats')).toMatch(/total_connections_received:0\r/);
  expect(await contentsOf(observer)).toEqual(before);
}
