/** Requests to the management API, and the errors when it refuses. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HireFireProc, HireFireService } from '../../lib/index.js';
import { RabbitMQProc } from '../../lib/rabbitmq/index.js';
import { wireMessage } from '../../lib/procs/failure-message.js';
import { refusal } from '../procs/support.js';
import { startApp } from '../support/apps.js';
import type { Hands } from './rabbitmq-driver.js';

/** Answers with these bytes instead of HTTP. */
function raw(bytes: string, isLast = false): RequestListener {
  return ({ socket }) => {
    socket[isLast ? 'end' : 'write'](bytes);
  };
}

export function managementApi(hands: Hands): void {
  const { connection, server } = hands;

  describe('the management API', () => {
    let api: Server | undefined;
    const requests: string[] = [];
    let connections = 0;

    /** Serves a management API of the tests, whose password must show nowhere. */
    async function serve(listener: RequestListener): Promise<string> {
      requests.length = connections = 0;
      api = createServer((request, response) => {
        requests.push(`${request.headers.authorization ?? ''} ${request.url ?? ''}`);
        listener(request, response);
      }).listen(0, '127.0.0.1');
      api.on('connection', () => (connections += 1));
      await once(api, 'listening');
      return `http://monitor:top%20secret@127.0.0.1:${(api.address() as AddressInfo).port}/rabbit/`;
    }

    afterEach(async () => {
      api?.closeAllConnections();
      await new Promise((resolve) => (api ? api.close(resolve) : resolve(undefined)));
      api = undefined;
    });

    it('is asked once for all queues of all procs, over one connection that is kept', async () => {
      const management = await serve((_request, response) => {
        response.end(
          JSON.stringify([
            { name: 'mail', messages_ready: 3, messages_unacknowledged: 2 },
            { name: 'images', messages_ready: 1, messages_unacknowledged: 0 },
          ]),
        );
      });

      @HireFireProc('worker')
      class WorkerProc extends RabbitMQProc {}
      @HireFireProc('lean', { skipActive: true })
      class LeanProc extends RabbitMQProc {}
      const options = { management, vhost: 'jobs/1' };
      const app = await startApp({
        providers: [
          { provide: WorkerProc, useFactory: () => new WorkerProc(connection, options, 'mail', 'images') },
          { provide: LeanProc, useFactory: () => new LeanProc(connection, options, 'mail') },
        ],
      });
      for (let count = 1; count <= 100; count++) {
        expect(await app.get(HireFireService).measure()).toEqual([
          { name: 'lean', quantity: 3, value: 3 },
          { name: 'worker', quantity: 6, value: 6 },
        ]);
      }
      await app.close();

      expect(requests).toHaveLength(100);
      expect(new Set(requests)).toEqual(
        new Set([
          `Basic ${Buffer.from('monitor:top secret').toString('base64')} /rabbit/api/queues/jobs%2F1?disable_stats=true` +
            '&enable_queue_totals=true&columns=name,type,messages_ready,messages_unacknowledged',
        ]),
      );
      expect(connections).toBe(1);
    });

    it.each<{ readonly what: string; readonly listener: RequestListener; readonly message: string }>([
      {
        what: 'a user that it refuses',
        listener: (_request, response) => response.writeHead(401).end('{"reason":"top secret"}'),
        message: `RabbitMQ's management API refuses its user: give the user the tag "management" and the vhost "/"`,
      },
      {
        what: 'a vhost that it has not',
        listener: (_request, response) => response.writeHead(404).end('{}'),
        message: `RabbitMQ's management API has no vhost "/", or its URL is wrong`,
      },
      {
        what: 'a redirect, which is not followed',
        listener: (_request, response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
        message: `RabbitMQ's management API answered with status 302: is its URL right, with its http: or https:?`,
      },
      ...['Connection: Upgrade\r\nUpgrade: amqp\r\n', ''].map((headers) => ({
        what: `another protocol, ${headers === '' ? 'without' : 'with'} its name`,
        listener: raw(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`),
        message: `RabbitMQ's management API answered with status 101: is its URL right, with its http: or https:?`,
      })),
      {
        what: 'an answer without content',
        listener: (_request, response) => response.writeHead(204).end(),
        message: `RabbitMQ's management API answered with status 204: is its URL right, with its http: or https:?`,
      },
      {
        what: 'an empty answer',
        listener: (_request, response) => response.end(),
        message: `RabbitMQ's management API gave no list of queues: is its URL right?`,
      },
      {
        what: 'a page of a gateway',
        listener: (_request, response) => response.writeHead(502).end('<html>'),
        message: `RabbitMQ's management API answered with status 502`,
      },
      {
        what: 'hints, and then nothing',
        listener: raw('HTTP/1.1 103 Early Hints\r\n\r\n', true),
        message: `RabbitMQ's management API can't be reached: it closes the connection: is it a management API, and does it want TLS (https:)? (ECONNRESET)`,
      },
      {
        what: 'AMQP',
        listener: raw('AMQP\0\0\u0009\u0001', true),
        message: `RabbitMQ's management API can't be reached: it does not speak HTTP: look at https: or http: in its URL, and at the port (HPE_INVALID_CONSTANT)`,
      },
      {
        what: 'headers without an end',
        listener: raw(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`),
        message: `RabbitMQ's management API can't be reached: HPE_HEADER_OVERFLOW`,
      },
      {
        what: 'a chunk that is none',
        listener: raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n'),
        message: `RabbitMQ's management API can't be reached: HPE_INVALID_CHUNK_SIZE`,
      },
      {
        what: 'a page that is no API',
        listener: (_request, response) => response.end('<html>'),
        message: `RabbitMQ's management API gave no list of queues: is its URL right?`,
      },
      {
        what: 'a queue that it has not',
        listener: (_request, response) => response.end('[]'),
        message: `RabbitMQ has no queue "mail" in the vhost "/": assert it before the first poll, or correct its name`,
      },
      {
        what: 'a queue whose node is down, which has no counts: no 0',
        listener: (_request, response) => response.end('[{"name":"mail","state":"down"}]'),
        message: `RabbitMQ's management API has no counts of the queue "mail"`,
      },
      {
        what: 'an answer without an end',
        listener: (_request, response) => {
          const chunk = ' '.repeat(1024 * 1024);
          const write = (): unknown => response.destroyed || response.write(chunk, () => setImmediate(write));
          write();
        },
        message: `RabbitMQ's management API gave too long an answer`,
      },
      {
        what: 'an answer that breaks off',
        listener: (_request, response) => response.write('[', () => response.destroy()),
        message: `RabbitMQ's management API can't be reached: it closes the connection: is it a management API`,
      },
    ])('fails with its reason, and without a secret: $what', async ({ listener, message }) => {
      const management = await serve(listener);
      const failure = await refusal(new RabbitMQProc(connection, { management }, 'mail').quantity());
      expect(wireMessage(failure, [])).toContain(message);
    });

    it.each([
      ['secret%', 'secret%'],
      ['50%25%20off%', '50% off%'],
      ['%E2%82%ACuro', '€uro'],
    ])('gets the password %s of its URL as %s', async (written, password) => {
      const management = (await serve((_request, response) => response.end('[]'))).replace('top%20secret', written);
      await refusal(new RabbitMQProc(connection, { management }, 'mail').quantity());
      expect(requests[0]?.split(' ')[1]).toBe(Buffer.from(`monitor:${password}`).toString('base64'));
    });

    it('that is silent fails within the time-out', async () => {
      const management = await serve(() => undefined);
      const proc = new RabbitMQProc(connection, { management }, 'mail');
      proc.timeout = 50;
      await expect(proc.quantity()).rejects.toThrow(`RabbitMQ's management API did not answer within 50 ms`);
    });

    it('that has closed the kept connection just when it was used is asked again', async () => {
      let count = 0;
      const management = await serve((request, response) => {
        count += 1;
        if (count === 2) {
          request.socket.destroy();
        } else {
          response.end('[{"name":"mail","messages_ready":7,"messages_unacknowledged":0}]');
        }
      });
      const proc = new RabbitMQProc(connection, { management }, 'mail');
      expect([await proc.quantity(), await proc.quantity()]).toEqual([7, 7]);
      expect(requests).toHaveLength(3);
    });

    it.each(['rabbit.example.com:15672', 'amqp://user:secret@rabbit.example.com', ''])(
      'has a whole URL, which is not repeated: %j',
      (management) => {
        expect(() => new RabbitMQProc(connection, { management }, 'mail')).toThrow(
          'RabbitMQProc: the option "management" must be a whole URL, such as https://user:password@rabbit.example.com:15671.',
        );
      },
    );

    it('is described by its host and vhost, without credentials', () => {
      const management = 'https://user:secret@rabbit.example.com:15671';
      expect(new RabbitMQProc(connection, { management }, 'mail').descriptions).toEqual([
        { name: 'mail', server: 'rabbit.example.com:15671, vhost /' },
      ]);
    });

    it('counts the queues of no other vhost', async () => {
      const [vhost, name] = [`jobs-${randomUUID()}`, `test-${randomUUID()}`];
      await hands.management.call('PUT', `vhosts/${vhost}`);
      await hands.management.call('PUT', `queues/${vhost}/${name}`, { durable: true });
      await hands.management.call('POST', `exchanges/${vhost}/amq.default/publish`, {
        properties: {},
        routing_key: name,
        payload: 'job',
        payload_encoding: 'string',
      });
      const management = server.managementUrl;

      expect(await new RabbitMQProc(connection, { management, vhost }, name).quantity()).toBe(1);
      await expect(new RabbitMQProc(connection, { management }, name).quantity()).rejects.toThrow(
        `RabbitMQ has no queue "${name}" in the vhost "/": assert it before the first poll, or correct its name`,
      );
      await hands.management.call('DELETE', `vhosts/${vhost}`);
    });
  });
}
