/** The connections that an app can have, and what becomes of them. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as nest12 from '@nestjs/microservices';
import { connect as connectForGood, type AmqpConnectionManager } from 'amqp-connection-manager';
import * as amqplib from 'amqplib';
import * as callbackApi from 'amqplib/callback_api';
import { HireFireProc } from '../../lib/index.js';
import { RabbitMQProc, type RabbitMQConnection } from '../../lib/rabbitmq/index.js';
import { freePort } from '../../tools/redis-server.js';
import { failed, NEVER } from '../contract/jobs/app.js';
import { poll, startApp } from '../support/apps.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { questionsOf, type Hands } from './rabbitmq-driver.js';

const require = createRequire(import.meta.url);
/** Its client has no method unwrap(). */
const nest10 = require('../nest-10/node_modules/@nestjs/microservices') as typeof nest12;
/** Its types are those of amqplib 2. */
const older = (name: 'amqplib-0.10' | 'amqplib-1') => require(name) as typeof amqplib;

interface Opened {
  readonly connection: RabbitMQConnection;
  readonly close: () => unknown;
}

const LIBRARIES: readonly { readonly library: string; readonly open: (url: string) => Promise<Opened> }[] = [
  ...(['amqplib-0.10', 'amqplib-1'] as const).map((name) => ({
    library: name,
    open: async (url: string) => closedBy(await older(name).connect(url)),
  })),
  { library: 'amqplib 2', open: async (url) => closedBy(await amqplib.connect(url)) },
  {
    library: 'amqplib 2 that recovers',
    open: async (url) => closedBy(await amqplib.connect(url, { recovery: true })),
  },
  { library: 'amqp-connection-manager', open: async (url) => closedBy(connectForGood([url])) },
  {
    library: 'what @golevelup/nestjs-rabbitmq keeps',
    open: async (url) => {
      const managedConnection = connectForGood([url]);
      return { connection: { managedConnection }, close: () => managedConnection.close() };
    },
  },
  ...[nest12, nest10].map(({ ClientProxyFactory, Transport }, index) => ({
    library: `a client of Nest ${index === 0 ? 12 : 10}'s RMQ transport`,
    open: async (url: string) => {
      const client = ClientProxyFactory.create({
        transport: Transport.RMQ,
        options: { urls: [url], queue: 'of-nest', queueOptions: { durable: false } },
      });
      await client.connect();
      return closedBy(client);
    },
  })),
];

function closedBy(connection: RabbitMQConnection & { close(): unknown }): Opened {
  return { connection, close: () => connection.close() };
}

export function connections(hands: Hands): void {
  const { server } = hands;

  @HireFireProc('worker', { skipActive: true })
  class WorkerProc extends RabbitMQProc {}

  describe('over', () => {
    const name = `test-${randomUUID()}`;
    beforeAll(async () => {
      await hands.declare(name, {});
      await hands.send(name, 2);
    });
    afterAll(() => hands.channel.deleteQueue(name));

    it.each(LIBRARIES)('$library, the messages are counted, and one that is missing is named', async ({ open }) => {
      const { connection, close } = await open(server.url);

      expect(await new WorkerProc(connection, name).quantity()).toBe(2);
      // The server closes the channel on which it was asked, and no other.
      for (let count = 1; count <= 3; count++) {
        await expect(new WorkerProc(connection, name, 'nowhere').quantity()).rejects.toThrow(
          'RabbitMQ has no queue "nowhere" in the vhost of the connection: assert it before the first poll, or correct its name',
        );
      }
      expect(await new WorkerProc(connection, name).quantity()).toBe(2);
      await close();
    });
  });

  describe('a connection', () => {
    let proxy: TcpProxy;
    let url: string;
    const names = Array.from({ length: 8 }, () => `test-${randomUUID()}`);

    beforeAll(async () => {
      proxy = await TcpProxy.reserve(server.port);
      url = `amqp://guest:guest@127.0.0.1:${proxy.port}`;
      await proxy.start();
      await Promise.all(names.map((name) => hands.declare(name, {})));
    });
    afterEach(() => proxy.thaw());
    afterAll(async () => {
      await Promise.all(names.map((name) => hands.channel.deleteQueue(name)));
      await proxy.stop();
    });

    it('is kept over 100 polls, with a channel for each queue; two procs share them', async () => {
      const opened = proxy.opened;
      const connection = await amqplib.connect(url);

      @HireFireProc('other', { skipActive: true })
      class OtherProc extends RabbitMQProc {}

      const app = await startApp({
        providers: [
          { provide: WorkerProc, useFactory: () => new WorkerProc(connection, ...names) },
          { provide: OtherProc, useFactory: () => new OtherProc(connection, ...names.slice(0, 2)) },
        ],
      });
      for (let count = 1; count <= 100; count++) {
        expect((await poll(app)).status).toBe(200);
      }

      expect(proxy.opened).toBe(opened + 1);
      expect(channelsOf(connection)).toBe(10);
      await app.close();
      await connection.close();
    });

    it('carries the questions for all queues before the first answer', async () => {
      const connection = await amqplib.connect(url);
      const proc = new WorkerProc(connection, ...names);
      await proc.quantity();
      proxy.freeze();
      const size = proc.quantity();
      await new Promise(setImmediate);
      expect(questionsOf(connection)).toBe(8);
      proxy.thaw();

      expect(await size).toBe(0);
      await connection.close();
    });

    it('has 32 channels of ours at most', async () => {
      const connection = await amqplib.connect(url);
      const many = Array.from({ length: 70 }, (_, index) => `${names[0] ?? ''}-${index}`);
      await Promise.all(many.map((name) => hands.declare(name, {})));
      await hands.send(many[69] ?? '');

      expect(await new WorkerProc(connection, ...many).quantity()).toBe(1);
      expect(channelsOf(connection)).toBe(32);
      await connection.close();
      await Promise.all(many.map((name) => hands.channel.deleteQueue(name)));
    });

    it('of amqplib that is closed stays so, which is said', async () => {
      const connection = await amqplib.connect(url);
      const proc = new WorkerProc(connection, names[0] ?? '');
      await proc.quantity();
      await connection.close();

      await expect(proc.quantity()).rejects.toThrow(
        'the connection to RabbitMQ is down, and amqplib does not connect again by itself: use amqp-connection-manager, its ' +
          'option "recovery", or pass a function that returns the new connection',
      );
    });

    it('that a service makes when the app starts, and replaces, is had from a function at each reading', async () => {
      let connection: amqplib.ChannelModel | undefined;
      const proc = new WorkerProc(() => connection, names[0] ?? '');
      const app = await startApp({ providers: [{ provide: WorkerProc, useValue: proc }] });
      expect(await poll(app)).toEqual(
        failed(expect.stringMatching(/^the connection to RabbitMQ is not connected yet/)),
      );

      const right = { status: 200, body: [{ name: 'worker', quantity: 0, value: 0 }] };
      connection = await amqplib.connect(url);
      expect(await poll(app)).toEqual(right);
      await connection.close();
      expect(await poll(app)).toEqual(failed(expect.stringMatching(/^the connection to RabbitMQ is down/)));
      connection = await amqplib.connect(url);
      expect(await poll(app)).toEqual(right);

      await connection.close();
      await app.close();
    });

    it('that a function returns is refused where it is none', async () => {
      const wrong: unknown = { publish: () => undefined };
      const proc = Reflect.construct(WorkerProc, [() => wrong, 'mail']) as WorkerProc;
      await expect(proc.quantity()).rejects.toThrow(
        'WorkerProc was given no connection to RabbitMQ: hand one of amqplib',
      );
    });

    /** A connection that recovers, lost until it says so by an event. */
    async function lost(event: string, recovery: { readonly maxRetries?: number } = {}) {
      const connection = await amqplib.connect(url, { recovery: { initialDelay: 10, ...recovery } });
      connection.on('error', () => undefined);
      const proc = new WorkerProc(connection, names[0] ?? '');
      await proc.quantity();
      const emitted = new Promise((resolve) => connection.on(event, resolve));
      await proxy.kill();
      await emitted;
      return { connection, proc };
    }

    it('that recovers is down meanwhile with its cause, and right again after it', async () => {
      const { connection, proc } = await lost('connect-failed');
      await expect(proc.quantity()).rejects.toThrow(
        /^the connection to RabbitMQ is down: nothing listens at its host and port \(ECONNREFUSED\)$/,
      );

      const back = new Promise((resolve) => connection.on('connect', resolve));
      await proxy.start();
      await back;
      expect(await proc.quantity()).toBe(0);
      await connection.close();
    });

    it('that recovers and has given up says so', async () => {
      const { proc } = await lost('reconnect-failed', { maxRetries: 1 });
      await expect(proc.quantity()).rejects.toThrow(
        'the connection to RabbitMQ is down, and amqplib does not connect again by itself',
      );
      await proxy.start();
    });

    it('that recovers and was never made names its cause', async () => {
      const nowhere = `amqp://127.0.0.1:${await freePort()}`;
      const connection = await amqplib.connect(nowhere, { recovery: { waitForConnect: false, initialDelay: 10 } });
      const proc = new WorkerProc(connection, 'mail');
      await new Promise((resolve) => connection.on('connect-failed', resolve));
      await expect(proc.quantity()).rejects.toThrow('nothing listens at its host and port (ECONNREFUSED)');
      await connection.close();
    });

    it.each([
      { what: 'a password', of: () => url.replace('guest:guest', 'guest:wrong') },
      { what: 'a vhost that is not there', of: () => `${url}/nowhere` },
    ])('that is refused for $what fails at once, and says what to look at', async ({ of }) => {
      const manager = connectForGood([of()], { reconnectTimeInSeconds: 3600 });
      const proc = new WorkerProc(manager, names[0] ?? '');
      const message = 'RabbitMQ refuses the connection: look at its user, password and vhost';

      await expect(proc.quantity()).rejects.toThrow(message);
      await expect(proc.quantity()).rejects.toThrow(message);
      await manager.close();
    });

    describe.each([
      { shape: 'amqp-connection-manager', of: (manager: AmqpConnectionManager) => manager },
      {
        shape: 'what @golevelup/nestjs-rabbitmq keeps',
        of: (managedConnection: AmqpConnectionManager) => ({ managedConnection }),
      },
    ])('that was never made, of $shape,', ({ of }) => {
      const closings: (() => Promise<void>)[] = [];
      afterEach(() => Promise.all(closings.splice(0).map((close) => close())));

      /** The answer of an app whose manager tries again and again. */
      async function failureAt(at: string, timeout: number): Promise<unknown> {
        const manager = connectForGood([at], { reconnectTimeInSeconds: 0.05 });
        closings.push(() => manager.close());
        const proc = new WorkerProc(of(manager), 'mail');
        const app = await startApp({ providers: [{ provide: WorkerProc, useValue: proc }] }, { timeout });
        closings.push(() => app.close());
        return poll(app);
      }

      it('names a closed port when the time is over', async () => {
        expect(await failureAt(`amqp://127.0.0.1:${await freePort()}`, 400)).toEqual(
          failed(
            'took longer than the time-out of 400 ms: the connection to RabbitMQ is down: nothing listens at its host and port ' +
              '(ECONNREFUSED)',
          ),
        );
      });

      it.each([
        {
          what: 'a host that does not exist',
          at: () => 'amqp://no-such-host.invalid',
          cause: /^the connection to RabbitMQ is down: (no such host name|its host name could not be looked up)/,
        },
        {
          what: 'TLS to a server without it',
          at: () => server.url.replace('amqp:', 'amqps:'),
          cause: /^the connection to RabbitMQ is down: it does not speak TLS.*amqps: or amqp:/,
        },
      ])('names $what at once', async ({ at, cause }) => {
        expect(await failureAt(at(), NEVER)).toEqual(failed(expect.stringMatching(cause)));
      });

      it('names a server that wants TLS when the time is over', async () => {
        const closing = createServer((socket) => socket.once('data', () => socket.destroySoon())).listen(
          0,
          '127.0.0.1',
        );
        await once(closing, 'listening');
        closings.push(async () => void closing.close());
        expect(await failureAt(`amqp://127.0.0.1:${(closing.address() as AddressInfo).port}`, 400)).toEqual(
          failed(
            expect.stringMatching(
              /^took longer than the time-out of 400 ms: the connection to RabbitMQ is down: it closes the connection: .*amqps:/,
            ),
          ),
        );
      });
    });

    it('over which nothing can be asked of an exclusive queue says so', async () => {
      const connection = await amqplib.connect(url);
      await hands.channel.assertQueue('exclusive', { exclusive: true });

      await expect(new WorkerProc(connection, 'exclusive').quantity()).rejects.toThrow(
        'the queue "exclusive" of RabbitMQ is exclusive: only the connection that declared it may ask for it',
      );
      await connection.close();
      await hands.channel.deleteQueue('exclusive');
    });

    it.each([
      { version: 12, of: nest12 },
      { version: 10, of: nest10 },
    ])('of a client of Nest $version that was never connected says what to call', async ({ of }) => {
      const { ClientProxyFactory, Transport } = of;
      const client = ClientProxyFactory.create({ transport: Transport.RMQ, options: { urls: [url], queue: 'mail' } });
      await expect(new WorkerProc(client, 'mail').quantity()).rejects.toThrow(
        'the client of RabbitMQ is not connected: call its connect() when the app starts',
      );
    });
  });

  describe('refused at start-up', () => {
    it.each([
      {
        what: 'a URL',
        of: 'amqp://localhost',
        message: 'WorkerProc was given no connection to RabbitMQ: hand one of amqplib',
      },
      {
        what: 'a service around a connection',
        of: { connection: {}, channel: {}, publish: () => undefined },
        message: 'WorkerProc was given no connection to RabbitMQ',
      },
      {
        what: "an emitter of the app's own that knows whether it is connected",
        of: Object.assign(new EventEmitter(), { isConnected: () => true }),
        message: 'WorkerProc was given no connection to RabbitMQ',
      },
      {
        what: "a client of Nest's for another broker",
        of: { unwrap: () => ({ on: () => undefined, rpush: () => undefined }) },
        message: 'WorkerProc was given no connection to RabbitMQ',
      },
      {
        what: 'nothing yet',
        of: undefined,
        message:
          'WorkerProc was given undefined for a connection: inject one. For one that comes later, pass a function that returns ' +
          "it, as in super(() => service.connection, 'mail').",
      },
    ])('$what for a connection', ({ of, message }) => {
      expect((): unknown => Reflect.construct(WorkerProc, [of, 'mail'])).toThrow(message);
    });

    it.each(['amqplib', 'amqp-connection-manager'])('a channel of %s', async (library) => {
      const manager = connectForGood([server.url]);
      const wrapper = manager.createChannel();
      await wrapper.waitForConnect();
      const channel = library === 'amqplib' ? hands.channel : wrapper;
      expect((): unknown => Reflect.construct(WorkerProc, [channel, 'mail'])).toThrow(
        'WorkerProc was given a channel: pass the connection that it belongs to, because the proc opens its own channels.',
      );
      await manager.close();
    });

    it("a connection of amqplib's callback API", async () => {
      const connection = await new Promise<callbackApi.Connection>((resolve, reject) => {
        callbackApi.connect(server.url, (error: unknown, opened) =>
          error ? reject(new Error('refused')) : resolve(opened),
        );
      });
      expect((): unknown => Reflect.construct(WorkerProc, [connection, 'mail'])).toThrow(
        "WorkerProc was given a connection of amqplib's callback API: connect with import { connect } from 'amqplib'.",
      );
      const closed = once(connection, 'close');
      connection.close();
      await closed;
    });

    it.each([
      { what: 'no queue', queues: [], message: 'WorkerProc has no queue' },
      {
        what: 'a list for a name',
        queues: [['mail', 'images']] as unknown as string[],
        message: "the name of queue 1 of 1 must be a text, as in super(connection, 'mail'), but it is an object.",
      },
      {
        what: 'a name that is none',
        queues: ['mail', ''],
        message: "the name of queue 2 of 2 must be a text, as in super(connection, 'mail'), but it is empty.",
      },
    ])('$what', ({ queues, message }) => {
      expect(() => new WorkerProc(hands.connection, ...queues)).toThrow(message);
    });

    it('active jobs that are not skipped: without { management: url } they are not seen', async () => {
      @HireFireProc('busy')
      class BusyProc extends RabbitMQProc {}

      const start = (proc: BusyProc) => startApp({ providers: [{ provide: BusyProc, useValue: proc }] });
      await expect(start(new BusyProc(hands.connection, 'mail'))).rejects.toThrow(
        /BusyProc.*Hand \{ management: url \} to super\(\) behind the connection, so that unacknowledged messages are counted\. .*skipActive: true/s,
      );
      const app = await start(new BusyProc(hands.connection, { management: server.managementUrl }, 'mail'));
      await app.close();
    });
  });
}

function channelsOf(connection: amqplib.ChannelModel): number {
  const channels: unknown = Reflect.get(connection.connection, 'channels');
  return Array.isArray(channels) ? channels.slice(1).filter((channel) => channel !== null).length : NaN;
}
