/** The app's log about its queues: at start-up, and about queues that have never had a job. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { Queue as BullMQQueue } from 'bullmq';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc, QueueProc, type QueueReading } from '../../lib/index.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { startApp } from './support.js';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.splice(0).map((queue) => queue.close()));
});

function queue(name: string, prefix?: string): Queue {
  const made = new Bull(name, redisUrl(), prefix === undefined ? {} : { prefix });
  opened.push(made);
  return made;
}

const { port, db } = redisAccess();
const SERVER = `127.0.0.1:${port}/${db}`;

@HireFireProc('worker')
class WorkerProc extends BullProc {}

@HireFireProc('aged', { metric: 'latency' })
class AgedProc extends BullProc {}

@HireFireProc('plain')
class PlainProc {
  quantity(): number {
    return 0;
  }
}

class OwnProc extends QueueProc<object> {
  protected override async read(queues: readonly object[]): Promise<readonly QueueReading[]> {
    return queues.map(() => ({ ready: 0, active: 0, latency: 0 }));
  }
}

@HireFireProc('own')
class NamelessProc extends OwnProc {}

const value = (instance: object) => ({ provide: instance.constructor.name, useValue: instance });

describe('at start-up', () => {
  it('has a line for each proc: its metric, its queues with their prefix, and their server without credentials', async () => {
    const bullmq = new BullMQQueue('reports', { connection: redisAccess(), prefix: 'my:app' });
    opened.push(bullmq);

    @HireFireProc('mq')
    class MQProc extends BullMQProc {}

    const { log } = await startApp({
      providers: [
        value(new WorkerProc(queue('mail'), queue('images', 'own'))),
        value(new AgedProc(queue('urgent'))),
        value(new MQProc(bullmq)),
        value(new NamelessProc({}, {})),
        PlainProc,
      ],
    });

    expect(log.reports).toEqual([
      `The proc "aged" reports its latency: bull:urgent on ${SERVER}.`,
      `The proc "mq" reports its size: my:app:reports on ${SERVER}.`,
      'The proc "own" reports its size: a queue, a queue.',
      'The proc "plain" reports its size.',
      `The proc "worker" reports its size: bull:mail, own:images on ${SERVER}.`,
    ]);
    expect(log.lines).toEqual([]);
  });

  it('warns of a queue that stands in two procs', async () => {
    const { log } = await startApp({
      providers: [
        value(new WorkerProc(queue('mail'), queue('images'))),
        value(new AgedProc(queue('images'), queue('mail', 'other'))),
      ],
    });

    expect(log.lines).toEqual([
      `warn The queue bull:images on ${SERVER} is in the procs "aged" and "worker": HireFire will hire for its jobs more ` +
        'than once. Pass it to one of them only.',
    ]);
  });
});

describe('some minutes after the start', () => {
  it('warns once of queues that have never had a job', async () => {
    const [used, unused] = [queue('used'), queue(`unused-${Date.now()}`)];
    const job = await used.add({});
    const { log, service } = await startApp({ providers: [value(new WorkerProc(used, unused))] });
    await service.measure();
    const start = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(start + 4 * 60_000);
    await service.measure();
    expect(log.lines).toEqual([]);

    clock.mockReturnValue(start + 6 * 60_000);
    await service.measure();
    while (log.lines.length === 0) {
      await new Promise(setImmediate);
    }
    await service.measure();
    await used.client.ping();
    expect(log.lines).toEqual([
      `warn WorkerProc: ${unused.toKey('').slice(0, -1)} on ${SERVER} has never had a job. Where it should have had one, look at ` +
        'its prefix and its connection: a queue that is registered twice with different options is two.',
    ]);
    await job.remove();
  });
});
