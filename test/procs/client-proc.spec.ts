/** The clients that `ClientProc` makes, and the time when it does. */
import { describe, expect, it, jest } from '@jest/globals';
import { ClientProc, HireFireConfigError, HireFireProc } from '../../lib/index.js';
import { failures, startApp, throwing } from './support.js';

class Client {
  constructor(readonly queue: string) {}
}

class TestProc extends ClientProc<Client> {
  queues = ['mail', 'images'];
  readonly made = jest.fn((queue: string) => new Client(queue));

  client(queue: string): Client {
    return this.made(queue);
  }

  quantity(): number {
    return this.clients.length;
  }
}

describe('clients', () => {
  it('are made once per queue, when first needed, in the order of the queues', () => {
    const proc = new TestProc();
    expect(proc.made).not.toHaveBeenCalled();

    const clients = proc.clients;

    expect(clients).toEqual([new Client('mail'), new Client('images')]);
    expect(proc.clients).toEqual(clients);
    expect(proc.clients[0]).toBe(clients[0]);
    expect(proc.clients[1]).toBe(clients[1]);
    expect(proc.made.mock.calls).toEqual([['mail'], ['images']]);
  });

  it('follow the queues when those change', () => {
    const proc = new TestProc();
    const [mail, images] = proc.clients;

    proc.queues = ['reports', 'mail'];
    expect(proc.clients).toEqual([new Client('reports'), mail]);
    expect(proc.clients[1]).toBe(mail);
    proc.queues.push('images');
    expect(proc.clients[2]).toBe(images);
    expect(proc.made.mock.calls).toEqual([['mail'], ['images'], ['reports']]);
  });

  it('are as many as there are different queues: none counts twice', () => {
    const proc = new TestProc();
    proc.queues = ['mail', 'images', 'mail'];

    expect(proc.clients).toEqual([new Client('mail'), new Client('images')]);
  });

  it('are asked for again after client() threw, and only those that are missing', () => {
    const proc = new TestProc();
    proc.made.mockImplementationOnce((queue) => new Client(queue));
    proc.made.mockImplementationOnce(() => throwing(new Error('no connection')));

    expect(() => proc.clients).toThrow(new Error('no connection'));
    expect(proc.clients).toEqual([new Client('mail'), new Client('images')]);
    expect(proc.made.mock.calls).toEqual([['mail'], ['images'], ['images']]);
  });

  it('are asked for again after the promise of one rejected', async () => {
    let attempts = 0;
    class AsyncProc extends ClientProc<Promise<Client>> {
      queues = ['mail'];

      async client(queue: string): Promise<Client> {
        attempts += 1;
        return attempts === 1 ? throwing(new Error('no connection')) : new Client(queue);
      }

      async quantity(): Promise<number> {
        return (await Promise.all(this.clients)).length;
      }
    }
    const proc = new AsyncProc();

    await expect(proc.quantity()).rejects.toThrow(new Error('no connection'));
    expect(await proc.quantity()).toBe(1);
    expect(await proc.quantity()).toBe(1);
    expect(attempts).toBe(2);
  });

  it('of no queue are refused, because their sum would be a false 0', () => {
    const proc = new TestProc();
    proc.queues = [];

    expect(() => proc.clients).toThrow(
      new HireFireConfigError('TestProc has no queue: name at least one in `queues`.'),
    );
  });
});

it('a poll fails while client() throws, and succeeds after it', async () => {
  @HireFireProc('worker')
  class WorkerProc extends TestProc {}
  const { app, service } = await startApp({ providers: [WorkerProc] });
  app.get(WorkerProc).made.mockImplementationOnce(() => throwing(new Error('no connection')));

  expect(await failures(service.measure())).toEqual([{ name: 'worker', message: 'no connection' }]);
  expect(await service.measure()).toEqual([{ name: 'worker', quantity: 2, value: 2 }]);
});
