/** The samples of a scrape, and when it measures. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Module, type INestApplication, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Gauge, register, Registry } from 'prom-client';
import {
  HireFireModule,
  HireFireProc,
  HireFireService,
  QueueProc,
  type HireFireModuleOptions,
  type QueueReading,
} from '../../lib/index.js';
import { HireFireMetrics } from '../../lib/prometheus/index.js';

let measured = 0;
let fails = false;

@HireFireProc('worker')
class WorkerProc {
  async quantity(): Promise<number> {
    measured += 1;
    if (fails) {
      throw new Error('the broker is away');
    }
    return 42;
  }
}

@HireFireProc('mailer', { metric: 'latency' })
class MailerProc {
  latency(): number {
    return 1.25;
  }
}

const apps: INestApplication[] = [];

async function start(
  provider: unknown,
  options: HireFireModuleOptions = {},
  procs: readonly Type[] = [WorkerProc, MailerProc],
): Promise<INestApplication> {
  @Module({
    imports: [HireFireModule.forRoot(options)],
    providers: [...procs, provider as typeof HireFireMetrics],
  })
  class AppModule {}

  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication();
  app.useLogger(false);
  await app.init();
  apps.push(app);
  return app;
}

afterEach(async () => {
  fails = false;
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

/** The lines of a scrape that are about us, without comments. */
async function samplesOf(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('hirefire_'));
}

const ALL_UP = [
  'hirefire_job_queue_size{name="worker"} 42',
  'hirefire_job_queue_latency_seconds{name="mailer"} 1.25',
  'hirefire_proc_up{name="mailer"} 1',
  'hirefire_proc_up{name="worker"} 1',
];

describe('a scrape', () => {
  it.each([
    { where: 'the default registry', registry: register, provider: HireFireMetrics },
    (() => {
      const registry = new Registry();
      return { where: 'another registry', registry, provider: HireFireMetrics.in(registry) };
    })(),
  ])('finds size, latency and up of every proc in $where, until the app is closed', async ({ registry, provider }) => {
    const app = await start(provider);
    expect(await samplesOf(registry)).toEqual(ALL_UP);

    apps.length = 0;
    await app.close();
    expect(await samplesOf(registry)).toEqual([]);
  });

  it('names every gauge in HELP and TYPE', async () => {
    await start(HireFireMetrics);
    const comments = (await register.metrics()).split('\n').filter((line) => line.startsWith('# '));
    expect(comments).toEqual([
      '# HELP hirefire_job_queue_size Jobs that need a worker now, by process of the Procfile.',
      '# TYPE hirefire_job_queue_size gauge',
      '# HELP hirefire_job_queue_latency_seconds Seconds since the oldest job that is ready to run became ready, by process of the Procfile.',
      '# TYPE hirefire_job_queue_latency_seconds gauge',
      '# HELP hirefire_proc_up 1 if the process could be measured; 0 if not, and it then has no other sample.',
      '# TYPE hirefire_proc_up gauge',
    ]);
  });

  it.each(['fail', 'omit'] as const)(
    'has no sample of a proc that failed, up 0 for it, and all of the others: onError %j',
    async (onError) => {
      await start(HireFireMetrics, { onError });
      expect(await samplesOf(register)).toEqual(ALL_UP);
      fails = true;
      expect(await samplesOf(register)).toEqual([
        'hirefire_job_queue_latency_seconds{name="mailer"} 1.25',
        'hirefire_proc_up{name="mailer"} 1',
        'hirefire_proc_up{name="worker"} 0',
      ]);
      fails = false;
      expect(await samplesOf(register)).toEqual(ALL_UP);
    },
  );

  it('measures once, when it comes, and shares it with a poll that overlaps', async () => {
    const app = await start(HireFireMetrics);
    measured = 0;
    const [scrape, other, poll] = await Promise.all([
      samplesOf(register),
      samplesOf(register),
      app.get(HireFireService).measure(),
    ]);

    expect(measured).toBe(1);
    expect(scrape).toEqual(ALL_UP);
    expect(other).toEqual(ALL_UP);
    expect(poll.map(({ value }) => value)).toEqual([1.25, 42]);
    await samplesOf(register);
    expect(measured).toBe(2);
  });

  it('finds the number of a protected proc as HireFire gets it', async () => {
    @HireFireProc('guarded', { protect: { ratio: 5 } })
    class GuardedProc extends QueueProc<string> {
      override readonly namesWorkers = true;
      constructor() {
        super('mail');
      }
      protected async read(): Promise<QueueReading[]> {
        return [{ ready: 0, active: 1, workers: ['guarded.3'] }];
      }
    }
    const app = await start(HireFireMetrics, {}, [GuardedProc]);

    expect(await samplesOf(register)).toContain('hirefire_job_queue_size{name="guarded"} 11');
    expect(await app.get(HireFireService).measure()).toEqual([{ name: 'guarded', quantity: 11, value: 11 }]);
  });

  it('leaves the metrics of others in the registry', async () => {
    const registry = new Registry();
    new Gauge({ name: 'own', help: 'own', registers: [registry] }).set(1);
    const app = await start(HireFireMetrics.in(registry));
    apps.length = 0;
    await app.close();
    expect(await registry.metrics()).toBe('# HELP own own\n# TYPE own gauge\nown 1\n');
  });
});

it('a second app on the same registry is refused, and does not take the metrics of the first', async () => {
  await start(HireFireMetrics);
  await expect(start(HireFireMetrics)).rejects.toThrow(
    'HireFireMetrics: the registry has a metric "hirefire_job_queue_size" already. Provide HireFireMetrics in one module only; ' +
      'a second app in the same process needs its own registry, as in HireFireMetrics.in(new Registry()).',
  );
  expect(await samplesOf(register)).toEqual(ALL_UP);
});

describe('request queue times', () => {
  async function askedApp(web: HireFireModuleOptions['web']): Promise<INestApplication> {
    const app = await start(HireFireMetrics, { web });
    await app.listen(0, '127.0.0.1');
    // In the future as the clocks drift: no time in the queue.
    await fetch(`${await app.getUrl()}/`, { headers: { 'X-Request-Start': `${Date.now() + 1000}` } });
    await fetch(`${await app.getUrl()}/`, { headers: { 'X-Request-Start': `${Date.now() - 20_000}` } });
    await fetch(`${await app.getUrl()}/`);
    return app;
  }

  it('are a histogram of seconds when the option web is on, without another carrier', async () => {
    await askedApp({ dispatch: false });
    const samples = (await samplesOf(register)).filter((line) => line.includes('request_queue_time'));
    expect(samples.filter((line) => !line.includes('_sum'))).toEqual([
      ...['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10'].map(
        (le) => `hirefire_request_queue_time_seconds_bucket{le="${le}"} 1`,
      ),
      'hirefire_request_queue_time_seconds_bucket{le="30"} 2',
      'hirefire_request_queue_time_seconds_bucket{le="+Inf"} 2',
      'hirefire_request_queue_time_seconds_count 2',
    ]);
    expect(samples.find((line) => line.includes('_sum'))).toMatch(
      /^hirefire_request_queue_time_seconds_sum 2\d(?:\.|$)/,
    );
  });

  it('are nothing at all when it is off', async () => {
    await askedApp(false);
    expect(await samplesOf(register)).toEqual(ALL_UP);
  });
});
