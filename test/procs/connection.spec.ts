/** A connection to a broker, driven by its events. */
import { beforeEach, expect, it } from '@jest/globals';
import { Connection } from '../../lib/procs/connection.js';
import { Causes, networkCauses } from '../../lib/procs/network-causes.js';

const causes = new Causes(networkCauses('Redis', ['rediss:', 'redis:']), {}, {}, () => []);
let isOpen: boolean;
let connection: Connection;

/** Connected after an error, and asked. */
beforeEach(async () => {
  isOpen = false;
  connection = new Connection('Redis', causes, () => isOpen, false);
  connection.failed(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  isOpen = true;
  connection.made();
});

function lose(): void {
  isOpen = false;
  connection.lost();
}

it('names an earlier error as the cause of a loss until it has had an answer', async () => {
  expect(connection.down().message).toMatch(/is down: nothing listens at its host and port \(ECONNREFUSED\)$/);
  await connection.send(async () => 'an answer');
  lose();

  expect(connection.down().message).toBe('the connection to Redis is down');
});

it('waits after a loss, although it had reported an error before an answer', async () => {
  connection.failed(new Error('a broken reply'));
  await connection.send(async () => 'an answer');
  lose();
  const sent = connection.send(async () => 'another');
  isOpen = true;
  connection.made();

  await expect(sent).resolves.toBe('another');
});
