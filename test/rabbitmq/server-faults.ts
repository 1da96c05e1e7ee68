/** A server that runs out of memory, hangs and dies, and a connection that is kept throughout. */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager';
import { HireFireProc } from '../../lib/index.js';
import { RabbitMQProc } from '../../lib/rabbitmq/index.js';
import { poll, startApp } from '../support/apps.js';
import { holdTimeouts } from '../support/clock.js';
import type { Hands } from './rabbitmq-driver.js';

export function serverFaults({ server }: Hands): void {
  describe('a server', () => {
    let manager: AmqpConnectionManager;
    let app: INestApplication;

    beforeAll(async () => {
      manager = connect([server.url], { heartbeatIntervalInSeconds: 4, reconnectTimeInSeconds: 0.05 });

      @HireFireProc('worker', { skipActive: true })
      class WorkerProc extends RabbitMQProc {}
      @HireFireProc('busy')
      class BusyProc extends RabbitMQProc {}

      app = await startApp(
        {
          providers: [
            { provide: WorkerProc, useFactory: () => new WorkerProc(manager, 'faults') },
            {
              provide: BusyProc,
              useFactory: () => new BusyProc(manager, { management: server.managementUrl }, 'faults'),
            },
          ],
        },
        // Longer than a busy node takes to answer, and over before two heartbeats are missed.
        { timeout: 4_000 },
      );
      const channel = manager.createChannel({
        setup: (declaring: { assertQueue(name: string, options: object): Promise<unknown> }) =>
          declaring.assertQueue('faults', { durable: true }),
      });
      // At times, the connection is lost again during its set-up.
      channel.on('error', () => undefined);
      await channel.sendToQueue('faults', Buffer.from('job'), { persistent: true });
    });
    afterEach(() => {
      jest.useRealTimers();
      server.thaw();
    });
    afterAll(async () => {
      await app.close();
      await manager.close();
    });

    const right = {
      status: 200,
      body: [
        { name: 'busy', quantity: 1, value: 1 },
        { name: 'worker', quantity: 1, value: 1 },
      ],
    };
    /** The management API comes back some time after the broker. */
    const untilMeasured = async (): Promise<unknown> => {
      for (;;) {
        const answer = await poll(app);
        if (answer.status === 200) {
          return answer;
        }
        await setTimeout(50);
      }
    };
    const failures = (busy: unknown, worker: unknown): object => ({
      status: 503,
      body: {
        errors: [...(busy === undefined ? [] : [{ name: 'busy', message: busy }]), { name: 'worker', message: worker }],
      },
    });

    it('that is low on memory blocks the connection that publishes, which is said at once, and is right after it', async () => {
      expect(await poll(app)).toEqual(right);
      const channel = await manager.connection?.createChannel();
      channel?.on('error', () => undefined);
      await server.run('set_vm_memory_high_watermark', 'absolute', '1000');
      const blocked = once(manager, 'blocked');
      // The server raises the alarm some time later, and leaves a message that is sent then in its socket.
      const publishing = setInterval(() => channel?.sendToQueue('nobody', Buffer.from('')), 50);
      await blocked;
      clearInterval(publishing);
      expect(await poll(app)).toEqual(failures(undefined, 'RabbitMQ has blocked the connection: low on memory'));

      const unblocked = once(manager, 'unblocked');
      await server.run('set_vm_memory_high_watermark', '0.4');
      await unblocked;
      expect(await poll(app)).toEqual(right);
    });

    it("that closes its connections, as before a restart: the manager's own reconnect is no outage", async () => {
      const lost = once(manager, 'disconnect');
      const closing = server.run('close_all_connections', 'a restart');
      await lost;
      // The manager has begun to wait. How long this machine takes to connect must not decide.
      holdTimeouts();
      expect(manager.isConnected()).toBe(false);
      expect(await poll(app)).toEqual(right);
      await closing;
    });

    it('that hangs fails polls in time, also after its heartbeats were missed, and is right after it', async () => {
      const lost = once(manager, 'disconnect');
      await server.freeze();
      const late = expect.stringMatching(/^(?:took longer than|RabbitMQ's management API did not answer within)/);
      expect(await poll(app)).toEqual(failures(late, late));
      await lost;
      expect(await poll(app)).toEqual(failures(late, 'the connection to RabbitMQ is down'));

      const back = once(manager, 'connect');
      server.thaw();
      await back;
      expect(await untilMeasured()).toEqual(right);
    });

    it('that is killed fails polls at once, and is right after it was started again', async () => {
      const lost = once(manager, 'disconnect');
      await Promise.all([server.kill(), lost]);
      expect(await poll(app)).toEqual(
        failures(
          "RabbitMQ's management API can't be reached: nothing listens at its host and port (ECONNREFUSED)",
          expect.stringMatching(
            /^the connection to RabbitMQ is down(?:: nothing listens at its host and port \(ECONNREFUSED\))?$/,
          ),
        ),
      );

      const back = once(manager, 'connect');
      await server.start();
      await back;
      expect(await untilMeasured()).toEqual(right);
    });
  });
}
