/** What counts in a queue of RabbitMQ, and what does not. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HireFireProc } from '../../lib/index.js';
import { RabbitMQProc } from '../../lib/rabbitmq/index.js';
import { WorkerProcess } from '../contract/jobs/worker-process.js';
import type { Hands } from './rabbitmq-driver.js';

@HireFireProc('lean', { skipActive: true })
class LeanProc extends RabbitMQProc {}

export function queues(hands: Hands): void {
  const management = { management: hands.server.managementUrl };

  describe('a queue', () => {
    let name: string;
    beforeAll(() => {
      name = `test-${randomUUID()}`;
    });
    afterEach(async () => {
      await hands.channel.deleteQueue(name);
    });

    it.each([
      { kind: 'a classic queue', options: {} },
      { kind: 'a quorum queue', options: { 'x-queue-type': 'quorum' } },
      { kind: 'a queue with priorities', options: { 'x-max-priority': 10 } },
      { kind: 'a lazy queue', options: { 'x-queue-mode': 'lazy' } },
    ])('is counted by its ready messages over AMQP: $kind', async ({ options }) => {
      await hands.declare(name, options);
      await hands.send(name, 3);
      const message = await hands.channel.get(name);

      expect(await new LeanProc(hands.connection, name).quantity()).toBe(2);
      if (message) {
        hands.channel.ack(message);
      }
    });

    it('does not count messages that have expired, and the queue that they are moved to counts them', async () => {
      const dead = `${name}-dead`;
      await hands.declare(dead, {});
      await hands.declare(name, { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead });
      const deadLettered = new Promise<void>((resolve) => {
        void hands.channel.consume(dead, (message) => {
          if (message) {
            hands.channel.nack(message);
            resolve();
          }
        });
      });
      await hands.send(name, 1, { expiration: 1 });
      await deadLettered;
      await hands.send(name);

      expect(await new LeanProc(hands.connection, name).quantity()).toBe(1);
      await hands.channel.deleteQueue(dead);
    });

    it('counts what a consumer has prefetched as active, until the consumer dies', async () => {
      await hands.declare(name, {});
      await hands.send(name, 5);
      const consuming = await hands.connection.createChannel();
      await consuming.prefetch(3);
      await new Promise<void>((resolve) => {
        let got = 0;
        void consuming.consume(name, () => {
          got += 1;
          if (got === 3) {
            resolve();
          }
        });
      });
      const measured = () =>
        Promise.all([
          new RabbitMQProc(hands.connection, management, name).quantity(),
          new LeanProc(hands.connection, management, name).quantity(),
          new LeanProc(hands.connection, name).quantity(),
        ]);

      expect(await measured()).toEqual([5, 2, 2]);
      await consuming.close();
      expect(await measured()).toEqual([5, 5, 5]);
    });
  });

  describe('a real worker', () => {
    afterEach(() => WorkerProcess.killAll());

    it('is counted by the messages that it has: busy, killed, done, and asked to stop', async () => {
      const name = `test-${randomUUID()}`;
      await hands.declare(name);
      await hands.send(name, 10);
      const procs = [
        new RabbitMQProc(hands.connection, management, name),
        new LeanProc(hands.connection, management, name),
        new LeanProc(hands.connection, name),
      ];
      const measured = () => Promise.all(procs.map((proc) => proc.quantity()));
      const start = () => new WorkerProcess(['test/rabbitmq/rabbitmq-worker.ts', hands.server.url], name, 3);

      const killed = start();
      await killed.told('started', 3);
      expect(await measured()).toEqual([10, 7, 7]);
      killed.release(3);
      await killed.told('completed', 3);
      await killed.told('started', 6);
      expect(await measured()).toEqual([7, 4, 4]);

      // What it had is given to the next one: the server knows at once.
      const second = start();
      await second.told('started', 3);
      expect(await measured()).toEqual([7, 1, 1]);
      await killed.kill();
      second.release(4);
      await second.told('completed', 4);
      await second.told('started', 7);
      expect(await measured()).toEqual([3, 0, 0]);

      await hands.send(name, 2);
      second.terminate();
      await second.told('closing', 1);
      second.release(3);
      expect(await second.ended()).toEqual([0, null]);
      expect(await measured()).toEqual([2, 2, 2]);
      await hands.channel.deleteQueue(name);
    });
  });
}
