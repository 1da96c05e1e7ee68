/** SqsProc's requests to SQS, and its failures when SQS or its client refuses. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { HireFireProc } from '../../lib/index.js';
import { SqsProc } from '../../lib/sqs/index.js';
import { CertificateAuthority } from '../../tools/certificates.js';
import { freePort } from '../../tools/redis-server.js';
import { WorkerProcess } from '../contract/jobs/worker-process.js';
import { poll, startApp } from '../support/apps.js';
import { refusal } from '../procs/support.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { sqsClient, SqsDriver } from './sqs-driver.js';

const driver = await SqsDriver.start();
afterAll(() => driver.close());

@HireFireProc('lean', { skipActive: true })
class LeanProc extends SqsProc {}

describe('a queue of SQS', () => {
  it.each([
    { what: 'a standard queue', name: 'standard', attributes: {} },
    { what: 'a FIFO queue', name: 'orders.fifo', attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' } },
  ])('is counted by what is visible and in flight, not by what is delayed: $what', async ({ name, attributes }) => {
    const { url } = driver.open({ name, attributes }).queue;
    const isFifo = name.endsWith('.fifo');
    for (const body of ['a', 'b', 'c']) {
      const group = isFifo ? { MessageGroupId: body } : {};
      await driver.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...group }));
    }
    await driver.client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 1 }));
    if (!isFifo) {
      await driver.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'later', DelaySeconds: 900 }));
    }

    expect(await new SqsProc(driver.client, url).quantity()).toBe(3);
    expect(await new LeanProc(driver.client, url).quantity()).toBe(2);
  });

  it('is described by its name and server, without more', () => {
    const proc = new SqsProc(driver.client, 'https://sqs.eu-west-1.amazonaws.com/123456789012/mail');
    expect(proc.descriptions).toEqual([{ name: 'mail', server: 'sqs.eu-west-1.amazonaws.com/123456789012' }]);
  });

  it('is described and read at an endpoint whose host Node refuses to parse', async () => {
    const url = 'http://user:secret@SQS.us-east-1.127.0.0.1:4566/000000000000/mail';
    const proc = new SqsProc(driver.client, url);
    expect(proc.descriptions).toEqual([{ name: 'mail', server: 'sqs.us-east-1.127.0.0.1:4566/000000000000' }]);
  });
});

describe('a real worker', () => {
  afterEach(() => WorkerProcess.killAll());

  it('is counted by the messages that it has: busy, killed, done, and asked to stop', async () => {
    const tested = driver.open();
    const [worker, lean] = [
      new SqsProc(driver.client, tested.queue.url),
      new LeanProc(driver.client, tested.queue.url),
    ];
    const measured = () => Promise.all([worker.quantity(), lean.quantity()]);
    const start = () => new WorkerProcess([...driver.worker, `${driver.server.port}`], tested.queue.url, 3);
    await tested.addMany(10);
    expect(await measured()).toEqual([10, 10]);

    const killed = start();
    await killed.told('started', 3);
    expect(await measured()).toEqual([10, 7]);

    killed.release(3);
    await killed.told('completed', 3);
    await killed.told('started', 6);
    expect(await measured()).toEqual([7, 4]);

    // In flight until their visibility time-out is over.
    await killed.kill();
    expect(await measured()).toEqual([7, 4]);

    const second = start();
    await second.told('started', 3);
    expect(await measured()).toEqual([7, 1]);

    second.terminate();
    await second.told('closing', 1);
    second.release(3);
    expect(await second.ended()).toEqual([0, null]);
    expect(await measured()).toEqual([4, 1]);
  });
});

describe('an SQS that refuses', () => {
  let server: Server;
  let answer: { readonly status: number; readonly type: string };
  let requests: number;
  let client: SQSClient;
  let url: string;

  beforeEach(async () => {
    requests = 0;
    server = createServer((request, response) => {
      requests += 1;
      request.resume();
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${answer.type}`, message: 'account 123456789012' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    client = sqsClient(port, { maxAttempts: 1 });
    url = `http://127.0.0.1:${port}/123456789012/mail`;
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    [400, 'QueueDoesNotExist', 'SQS has no queue "mail": correct its URL, or the region of the client'],
    [403, 'AccessDeniedException', 'SQS denies access to the queue "mail": allow its client sqs:GetQueueAttributes'],
    [403, 'InvalidClientTokenId', 'SQS refuses the credentials of its client'],
    [403, 'ExpiredTokenException', 'SQS refuses the credentials of its client'],
    [400, 'RequestThrottled', 'SQS throttled the request for the queue "mail"'],
    [400, 'ThrottlingException', 'SQS throttled the request for the queue "mail"'],
  ])('with %d %s is explained with its cure, never with its own text', async (status, type, message) => {
    answer = { status, type };
    await expect(new SqsProc(client, url).quantity()).rejects.toThrow(message);
  });

  it('with an answer without the numbers is no 0', async () => {
    answer = { status: 200, type: 'none' };
    await expect(new SqsProc(client, url).quantity()).rejects.toThrow(
      'SQS gave no ApproximateNumberOfMessages of the queue "mail"',
    );
  });

  it('by failing is tried again within the time-out only', async () => {
    answer = { status: 500, type: 'InternalFailure' };
    const { port } = server.address() as AddressInfo;
    const patient = sqsClient(port, { maxAttempts: 1000 });
    const send = jest.spyOn(patient, 'send');
    const proc = new SqsProc(patient, url);
    proc.timeout = 400;

    await expect(proc.quantity()).rejects.toThrow('SQS did not answer within 400 ms');
    expect(requests).toBeGreaterThan(1);
    await expect(send.mock.results[0]?.value).rejects.toMatchObject({ name: 'AbortError' });
  });
});

it('of a client that comes later is read once it is there, and by the one that is there now', async () => {
  const { url } = driver.open().queue;
  let client: SQSClient | undefined;
  const proc = new SqsProc(() => client, url);
  await expect(proc.quantity()).rejects.toThrow('the SQS client is not connected yet');
  client = driver.client;
  expect(await proc.quantity()).toBe(0);
  client = sqsClient(driver.server.port, { credentials: () => Promise.reject(new Error('replaced')) });
  await expect(proc.quantity()).rejects.toThrow('replaced');
  const wrong: unknown = { send: () => undefined };
  await expect((Reflect.construct(SqsProc, [() => wrong, url]) as SqsProc).quantity()).rejects.toThrow(
    'SqsProc was given no SQS client',
  );
});

describe('an SQS that can not be reached is named with its cause once the client has given up', () => {
  const { cert, key } = CertificateAuthority.create().certificate;
  const tls = createTlsServer({ cert, key }).listen(0, '127.0.0.1');
  const telnet = createNetServer((socket) => {
    socket.on('error', () => undefined).write('login: ');
    socket.once('data', () => socket.destroySoon());
  }).listen(0, '127.0.0.1');
  afterAll(() => [tls, telnet].forEach((one) => one.close()));

  it.each<{ readonly what: string; readonly endpoint: () => Promise<string>; readonly cause: RegExp }>([
    {
      what: 'a closed port',
      endpoint: async () => `http://127.0.0.1:${await freePort()}`,
      cause: /^nothing listens at its host and port \(ECONNREFUSED\)$/,
    },
    {
      what: 'an unknown host',
      endpoint: async () => 'http://no-such-host.invalid',
      cause: /^(?:no such host name|its host name could not be looked up)/,
    },
    {
      what: 'a self-signed certificate',
      endpoint: async () => `https://127.0.0.1:${portOf(tls)}`,
      cause:
        /^its certificate is self-signed: hand the certificate's authority to the connection \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
    },
    {
      what: 'TLS to a plain port',
      endpoint: async () => `https://127.0.0.1:${driver.server.port}`,
      cause: /^it does not speak TLS.*: look at https: or http: in its URL, and at the port/,
    },
    {
      what: 'plain to a TLS port',
      endpoint: async () => `http://127.0.0.1:${portOf(tls)}`,
      cause: /^it closes the connection: is it a server of SQS, and does it want TLS \(https:\)\? \(ECONNRESET\)$/,
    },
    {
      what: 'a server of something else',
      endpoint: async () => `http://127.0.0.1:${portOf(telnet)}`,
      cause: /^it does not speak HTTP: look at https: or http: in its URL, and at the port \(HPE_INVALID_CONSTANT\)$/,
    },
  ])('$what', async ({ endpoint, cause }) => {
    const at = await endpoint();
    const client = sqsClient(0, { endpoint: at });
    const failure = await refusal(new SqsProc(client, `${at}/123456789012/mail`).quantity());
    const message = Reflect.get(Object(failure), 'message') as string;

    expect(message.replace(/^SQS can't be reached: /, '')).toMatch(cause);
    client.destroy();
  });
});

function portOf(listening: { address(): unknown }): number {
  return (listening.address() as AddressInfo).port;
}

it('without credentials fails with that reason', async () => {
  const client = sqsClient(driver.server.port, {
    credentials: () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
  });
  await expect(new SqsProc(client, driver.open().queue.url).quantity()).rejects.toThrow(
    'the SQS client has no credentials',
  );
});

it('without an answer for its credentials fails within the time-out', async () => {
  const client = sqsClient(driver.server.port, { credentials: () => new Promise(() => undefined) });
  const proc = new SqsProc(client, driver.open().queue.url);
  proc.timeout = 50;
  await expect(proc.quantity()).rejects.toThrow('SQS did not answer within 50 ms');
});

it('100 polls of three queues open no connection, and the queues are asked side by side', async () => {
  const proxy = await TcpProxy.reserve(driver.server.port);
  await proxy.start();
  const client = sqsClient(proxy.port);
  const urls = ['mail', 'images', 'reports'].map((name) => driver.open({ name }).queue.url);

  @HireFireProc('worker')
  class WorkerProc extends SqsProc {}

  const app = await startApp({
    providers: [{ provide: WorkerProc, useFactory: () => new WorkerProc(client, ...urls) }],
  });
  await poll(app);
  expect(proxy.opened).toBe(3);
  for (let count = 1; count <= 100; count++) {
    expect(await poll(app)).toEqual({ status: 200, body: [{ name: 'worker', quantity: 0, value: 0 }] });
  }
  expect(proxy.opened).toBe(3);
  client.destroy();
  await app.close();
  await proxy.stop();
});

describe('refused at start-up', () => {
  it.each([
    {
      what: 'no queue',
      of: () => new SqsProc(driver.client),
      message: 'SqsProc has no queue: name at least one URL, as in super(client, mailUrl).',
    },
    {
      what: 'a name instead of a URL',
      of: () => new SqsProc(driver.client, 'https://sqs.us-east-1.amazonaws.com/123456789012/a', 'mail'),
      message: 'SqsProc: queue 2 of 2 is not the URL of a queue. Pass its URL, such as',
    },
    {
      what: 'the URL of no queue',
      of: () => new SqsProc(driver.client, 'https://sqs.us-east-1.amazonaws.com/'),
      message: 'SqsProc: queue 1 of 1 is not the URL of a queue.',
    },
    {
      what: 'a client that is none',
      of: (): unknown => Reflect.construct(SqsProc, ['https://sqs.us-east-1.amazonaws.com/1/a', 'https://b.c/1/d']),
      message: 'SqsProc was given no SQS client: pass an SQSClient of @aws-sdk/client-sqs to super()',
    },
    {
      what: 'a service with a method send(), which would get our command as a message',
      of: (): unknown => Reflect.construct(SqsProc, [{ send: (body: unknown) => body }, 'https://b.c/1/d']),
      message: 'SqsProc was given no SQS client: pass an SQSClient of @aws-sdk/client-sqs to super()',
    },
    {
      what: "another service's client",
      of: () =>
        new SqsProc(
          { send: async () => undefined, config: { serviceId: 'SNS' }, middlewareStack: {} },
          'https://b.c/1/d',
        ),
      message: 'SqsProc was given no SQS client: pass an SQSClient of @aws-sdk/client-sqs to super()',
    },
    {
      what: 'no client yet',
      of: (): unknown => Reflect.construct(SqsProc, [undefined, 'https://b.c/1/d']),
      message:
        'SqsProc was given undefined for a client: inject an SQSClient of @aws-sdk/client-sqs. For one that comes later, pass a ' +
        'function that returns it, as in super(() => service.client, mailUrl).',
    },
    {
      what: 'no URL',
      of: (): unknown => Reflect.construct(SqsProc, [driver.client, 'https://b.c/1/d', undefined]),
      message:
        'SqsProc: queue 2 of 2 is undefined. Pass its URL, such as https://sqs.us-east-1.amazonaws.com/123456789012/mail.',
    },
  ])('$what', ({ of, message }) => {
    expect(of).toThrow(message);
  });
});
