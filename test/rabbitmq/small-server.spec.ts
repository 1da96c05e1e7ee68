/** RabbitMQProc against a server that allows 8 channels per connection, and speaks TLS with a self-signed certificate as well. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { connect as connectForGood } from 'amqp-connection-manager';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { HireFireProc } from '../../lib/index.js';
import { RabbitMQProc } from '../../lib/rabbitmq/index.js';
import { CertificateAuthority } from '../../tools/certificates.js';
import { makeDataFolder } from '../../tools/data-folder.js';
import { RabbitMQServer } from '../../tools/rabbitmq-server.js';
import { freePort } from '../../tools/redis-server.js';
import { NEVER } from '../contract/jobs/app.js';
import { failures, startApp } from '../procs/support.js';

const folder = await makeDataFolder('certificate');
const pem = join(folder, 'server.pem');
const { cert, key } = CertificateAuthority.create().certificate;
await writeFile(pem, `${cert}${key}`);
const [tlsPort, tlsManagementPort] = [await freePort(), await freePort()];
const server = await RabbitMQServer.start(
  'channel_max = 8',
  `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
  'management.ssl.ip = 127.0.0.1',
  `management.ssl.port = ${tlsManagementPort}`,
  ...['ssl_options', 'management.ssl'].flatMap((options) =>
    ['certfile', 'keyfile', 'cacertfile'].map((file) => `${options}.${file} = ${pem}`),
  ),
);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

@HireFireProc('worker', { skipActive: true })
class WorkerProc extends RabbitMQProc {}

describe('a connection that may have 8 channels', () => {
  const names = Array.from({ length: 20 }, (_, index) => `queue-${index}`);
  let connection: ChannelModel;

  async function withOpen(count: number): Promise<Channel[]> {
    connection = await connect(server.url);
    const channels: Channel[] = [];
    for (let opened = 0; opened < count; opened++) {
      channels.push(await connection.createChannel());
    }
    for (const [index, name] of names.entries()) {
      await channels[0]?.assertQueue(name);
      await channels[0]?.purgeQueue(name);
      channels[0]?.sendToQueue(name, Buffer.from(''.padEnd(index)));
    }
    // Behind them on the same channel: once this is answered, the server has them.
    await channels[0]?.checkQueue('queue-0');
    return channels;
  }

  afterEach(() => connection.close());

  it.each([1, 4, 6, 7])('of which the app has %d serves 20 queues, and leaves the app one if it can', async (taken) => {
    await withOpen(taken);
    const proc = new WorkerProc(connection, ...names);
    for (let count = 1; count <= 3; count++) {
      expect(await proc.quantity()).toBe(20);
    }

    if (taken < 7) {
      const channel = await connection.createChannel();
      await channel.close();
      expect(await proc.quantity()).toBe(20);
      await connection.createChannel();
      expect(await proc.quantity()).toBe(20);
    }
    await expect(connection.createChannel()).rejects.toThrow('No channels left to allocate');
  });

  it('of which the app has all fails in words, and serves as soon as one is free', async () => {
    const [, , , , , , , last] = await withOpen(8);
    const proc = new WorkerProc(connection, ...names);
    for (let count = 1; count <= 3; count++) {
      await expect(proc.quantity()).rejects.toThrow(
        'the connection to RabbitMQ has no channel left: raise channel_max, or let the app close channels',
      );
    }

    await last?.close();
    expect(await proc.quantity()).toBe(20);
  });

  it('serves those that are there next to several that are missing, poll for poll', async () => {
    await withOpen(2);
    const missing = new WorkerProc(connection, ...names.slice(0, 10), 'nowhere', 'neither', ...names.slice(10));
    const right = new WorkerProc(connection, ...names);
    for (let count = 1; count <= 3; count++) {
      const [failed, size] = await Promise.allSettled([missing.quantity(), right.quantity()]);
      expect(failed).toMatchObject({
        reason: { message: expect.stringMatching(/^RabbitMQ has no queue "(?:nowhere|neither)"/) },
      });
      expect(size).toEqual({ status: 'fulfilled', value: 20 });
    }
    await connection.createChannel();
  });
});

describe.each([
  {
    by: 'amqp-connection-manager',
    schemes: ['amqps', 'amqp'],
    ports: () => ({ plain: server.port, tls: tlsPort }),
    down: /^the connection to RabbitMQ is down: /,
    refusal: /^RabbitMQ refuses the connection: look at its user, password and vhost \(REFUSED\)/,
    procAt: (url: string) => {
      const manager = connectForGood([url], { reconnectTimeInSeconds: 0.05 });
      return { proc: new WorkerProc(manager, 'mail'), end: () => manager.close() };
    },
    waits: true,
  },
  {
    by: 'the management API',
    schemes: ['https', 'http'],
    ports: () => ({ plain: Number(new URL(server.managementUrl).port), tls: tlsManagementPort }),
    down: /^RabbitMQ's management API can't be reached: /,
    refusal: /^RabbitMQ's management API refuses its user: /,
    procAt: (url: string) => ({
      proc: new WorkerProc(() => null, { management: url }, 'mail'),
      end: async () => undefined,
    }),
    waits: false,
  },
])(
  'a RabbitMQ that can not be reached, by $by, is named with its cause',
  ({ schemes, ports, down, refusal, procAt, waits }) => {
    const [tls = '', plain = ''] = schemes;
    const ends: (() => Promise<void>)[] = [];
    afterEach(() => Promise.all(ends.splice(0).map((end) => end())));

    it.each<{
      readonly what: string;
      readonly url: () => Promise<string>;
      readonly cause: RegExp;
      /** It may pass by itself, so a connection is waited for. */
      readonly passes?: boolean;
    }>([
      {
        what: 'a closed port',
        url: async () => `${plain}://guest:guest@127.0.0.1:${await freePort()}`,
        cause: /^nothing listens at its host and port \(ECONNREFUSED\)/,
        passes: true,
      },
      {
        what: 'an unknown host',
        url: async () => `${plain}://guest:guest@no-such-host.invalid`,
        cause: /^(?:no such host name|its host name could not be looked up)/,
      },
      { what: 'a refused login', url: async () => `${plain}://guest:wrong@127.0.0.1:${ports().plain}`, cause: refusal },
      {
        what: 'a self-signed certificate',
        url: async () => `${tls}://guest:guest@127.0.0.1:${ports().tls}`,
        cause:
          /^its certificate is self-signed: hand the certificate's authority to the connection \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
      },
      {
        what: 'TLS to a plain port',
        url: async () => `${tls}://guest:guest@127.0.0.1:${ports().plain}`,
        cause: /^it does not speak TLS.*: look at (?:amqps: or amqp:|https: or http:) in its URL, and at the port/,
      },
      {
        what: 'plain to a TLS port',
        url: async () => `${plain}://guest:guest@127.0.0.1:${ports().tls}`,
        cause:
          /^(?:it closes the connection: is it a RabbitMQ, and does it want TLS \(amqps:\)\?|it does not speak HTTP: look at https: or http:)/,
        passes: true,
      },
    ])('$what', async ({ url, cause, passes = false }) => {
      const { proc, end } = procAt(await url());
      ends.push(end);
      const waited = waits && passes;
      const { service } = await startApp(
        { providers: [{ provide: WorkerProc, useValue: proc }] },
        { timeout: waited ? 400 : NEVER },
      );
      let message: string;
      do {
        message = (await failures(service.measure()))[0]?.message ?? '';
        // A busy server may take longer to refuse.
      } while (waited && message.endsWith('the connection to RabbitMQ is down'));

      expect(message.startsWith('took longer than the time-out of 400 ms: ')).toBe(waited);
      expect(message.replace('took longer than the time-out of 400 ms: ', '').replace(down, '')).toMatch(cause);
    });
  },
);
