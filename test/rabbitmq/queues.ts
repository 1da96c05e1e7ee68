/** Messages that count in a queue of RabbitMQ, and messages that do not. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';
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

  describe('a stream', () => {
    it('never shrinks, so the management API refuses it with the cure', async () => {
      const name = `test-${randomUUID()}`;
      await hands.declare(name, { 'x-queue-type': 'stream' });
      await hands.send(name, 5);

      await expect(new RabbitMQProc(hands.connection, management, name).quantity()).rejects.toThrow(
        `the queue "${name}" of RabbitMQ is a stream, which keeps messages that are done: use a quorum queue, or measure the ` +
          "stream's lag in a proc of your own",
      );
      await hands.channel.deleteQueue(name);
    });
  });

  describe('over AMQP, consumers', () => {
    const name = `test-${randomUUID()}`;
    /** ms that have passed for the proc, in addition to the real ones. */
    let passed = 0;
    let proc: LeanProc;
    let warnings: unknown[];

    beforeEach(async () => {
      const now = performance.now.bind(performance);
      jest.spyOn(performance, 'now').mockImplementation(() => now() + passed);
      warnings = [];
      jest.spyOn(Logger.prototype, 'warn').mockImplementation((warning: unknown) => void warnings.push(warning));
      await hands.declare(name, {});
      await hands.send(name, 40);
      proc = new LeanProc(hands.connection, name);
    });
    afterEach(async () => {
      jest.restoreAllMocks();
      await hands.channel.deleteQueue(name);
    });

    /** Two polls, 15 seconds apart. */
    async function polls(): Promise<number[]> {
      const first = await proc.quantity();
      passed += 15_000;
      return [first, await proc.quantity()];
    }

    /** A worker that takes as many messages as it may, and dies when it has done some: what two polls see meanwhile. */
    async function worked(prefetch: number, taken: number, done: number): Promise<number[]> {
      const channel = await hands.connection.createChannel();
      await channel.prefetch(prefetch);
      const messages: ConsumeMessage[] = [];
      await new Promise<void>((resolve) => {
        void channel.consume(name, (message) => {
          if (message && messages.push(message) === taken) {
            resolve();
          }
        });
      });
      const seen = await polls();
      messages.slice(0, done).forEach((message) => channel.ack(message));
      await channel.close();
      return seen;
    }

    it('without a limit are noticed once, when messages have come back each time', async () => {
      for (const left of [40, 37, 34, 31, 28]) {
        expect([await polls(), warnings.length, await worked(0, left, 3)]).toEqual([
          [left, left],
          left > 31 ? 0 : 1,
          [0, 0],
        ]);
      }
      expect(warnings).toEqual([
        expect.stringMatching(
          /^LeanProc: messages of "test-.*" were gone while it had consumers, and came back each time they left\. .*channel\.prefetch\(1\).*noAck: false and prefetchCount: 1/,
        ),
      ]);
    });

    it('that take one at a time are not accused', async () => {
      for (const left of [40, 39, 38, 37, 36]) {
        expect([await polls(), await worked(1, 1, 1)]).toEqual([
          [left, left],
          [left - 1, left - 1],
        ]);
      }
      expect(warnings).toEqual([]);
    });

    it('that are faster than the polls are not accused, nor those of an idle queue', async () => {
      for (let count = 1; count <= 5; count++) {
        expect([await polls(), await worked(0, 40, 40), await polls(), await proc.quantity()]).toEqual([
          [40, 40],
          [0, 0],
          [0, 0],
          0,
        ]);
        await hands.send(name, 40);
      }
      expect(warnings).toEqual([]);
    });

    it('that share a queue with a steady stream of messages are not accused', async () => {
      for (let count = 1; count <= 5; count++) {
        await hands.channel.purgeQueue(name);
        await hands.send(name, 15);
        expect(await proc.quantity()).toBe(15);
        await hands.send(name, 15);
        expect([await polls(), await worked(0, 30, 30)]).toEqual([
          [30, 30],
          [0, 0],
        ]);
      }
      expect(warnings).toEqual([]);
    });

    it('that work on several at a time, as they may, are not accused', async () => {
      await hands.channel.purgeQueue(name);
      await hands.send(name, 10);
      for (let count = 1; count <= 5; count++) {
        expect([await polls(), await worked(10, 10, 0)]).toEqual([
          [10, 10],
          [0, 0],
        ]);
      }
      expect(warnings).toEqual([]);
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

      // When the first is killed, the server notices at once, and gives its jobs to the second.
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
