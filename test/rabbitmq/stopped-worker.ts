/** The consumer of docs/rabbitmq.md, stopped in the middle of a job. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect as connectForGood, type AmqpConnectionManager } from 'amqp-connection-manager';
import { connect, type ConsumeMessage } from 'amqplib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PAGES } from '../docs/pages.js';
import type { Hands } from './rabbitmq-driver.js';

interface Consumer {
  onApplicationBootstrap(): Promise<void>;
  beforeApplicationShutdown(): Promise<void>;
}

interface ConsumerModule {
  readonly MailConsumer: new (connection: AmqpConnectionManager) => Consumer;
}

/** A consumer whose job ends when the test says so. */
function held({ MailConsumer }: ConsumerModule, connection: AmqpConnectionManager) {
  const consumer = new MailConsumer(connection);
  let end = (): void => undefined;
  const taken = new Promise<string>((resolveTaken) => {
    Reflect.set(consumer, 'work', (message: ConsumeMessage) => {
      resolveTaken(message.content.toString());
      return new Promise<void>((resolveWork) => (end = resolveWork));
    });
  });
  return { consumer, taken, end: () => end() };
}

export function stoppedWorker({ server }: Hands): void {
  let folder: string;
  let module: ConsumerModule;

  beforeAll(async () => {
    const page = PAGES.find(({ path }) => path === 'docs/rabbitmq.md');
    folder = await mkdtemp('test/rabbitmq/.generated-');
    const file = resolve(folder, 'mail.consumer.ts');
    await writeFile(file, page?.projects[0]?.files.get('mail.consumer.ts') ?? '');
    // Here the test declares the queue, of another kind.
    await writeFile(resolve(folder, 'rabbitmq.module.ts'), 'export const declareQueue = () => Promise.resolve();');
    module = (await import(file)) as ConsumerModule;
  });
  afterAll(() => rm(folder, { recursive: true }));

  describe.each([
    { kind: 'classic', options: {}, deliveries: undefined },
    { kind: 'quorum', options: { arguments: { 'x-queue-type': 'quorum' } }, deliveries: 1 },
  ])('a stopped consumer of a $kind queue', ({ options, deliveries }) => {
    it('gives its job back as the next one, or has it end in time', async () => {
      const other = await connect(server.url);
      const channel = await other.createChannel();
      await channel.assertQueue('mail', options);
      ['first', 'second'].forEach((text) => channel.sendToQueue('mail', Buffer.from(text)));

      const connection = connectForGood(server.url);
      const late = held(module, connection);
      Reflect.set(late.consumer, 'grace', 0);
      await late.consumer.onApplicationBootstrap();
      await late.taken;
      await late.consumer.beforeApplicationShutdown();
      const back = await channel.get('mail');
      expect(back && { text: back.content.toString(), redelivered: back.fields.redelivered }).toEqual({
        text: 'first',
        redelivered: true,
      });
      expect(back && back.properties.headers?.['x-delivery-count']).toBe(deliveries);

      if (back) {
        channel.ack(back);
      }
      const inTime = held(module, connection);
      await inTime.consumer.onApplicationBootstrap();
      expect(await inTime.taken).toBe('second');
      const stopped = inTime.consumer.beforeApplicationShutdown();
      inTime.end();
      await stopped;
      expect(await channel.get('mail')).toBe(false);

      await channel.deleteQueue('mail');
      await connection.close();
      await other.close();
    });
  });
}
