import { Injectable, type FactoryProvider, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Gauge, Histogram, register, type Registry } from 'prom-client';
import { HireFireConfigError } from '../hirefire.errors.js';
import { HireFireService, type ProcOutcome } from '../procs/hirefire.service.js';
import { WebRequests } from '../web/web-requests.js';

/** The gauges, and the sample of a proc in each; `undefined` for none. */
const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly valueOf: (outcome: ProcOutcome) => number | undefined;
}[] = [
  {
    name: 'hirefire_job_queue_size',
    help: 'Jobs that need a worker now, by process of the Procfile.',
    valueOf: (outcome) => valueFor('size', outcome),
  },
  {
    name: 'hirefire_job_queue_latency_seconds',
    help: 'Seconds since the oldest job that is ready to run became ready, by process of the Procfile.',
    valueOf: (outcome) => valueFor('latency', outcome),
  },
  {
    name: 'hirefire_proc_up',
    help: '1 if the process could be measured; 0 if not, and it then has no other sample.',
    valueOf: (outcome) => ('measurement' in outcome ? 1 : 0),
  },
];

const HISTOGRAM = {
  name: 'hirefire_request_queue_time_seconds',
  help: "Seconds that a request waited in the router's queue before the app got it.",
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
};

/**
 * Exposes the numbers of the app's procs to Prometheus, KEDA and Fly's autoscaler, as gauges of prom-client that measure when they
 * are scraped. A scrape and a poll of HireFire that overlap share one measurement.
 *
 * `hirefire_job_queue_size{name}` has the procs of the metric `size`, `hirefire_job_queue_latency_seconds{name}` those of the
 * metric `latency`. A proc that could not be measured has no sample there, and `hirefire_proc_up{name}` is 0 for it. With the
 * option `web`, the histogram `hirefire_request_queue_time_seconds` has the request queue times.
 *
 * @example
 * Below `@Module({ imports: [HireFireModule.forRoot()], providers: [WorkerProc, HireFireMetrics] })`:
 * ```ts
 * export class AppModule {}
 * ```
 *
 * @publicApi
 */
@Injectable()
export class HireFireMetrics implements OnModuleInit, OnModuleDestroy {
  private registry = register;
  private names: readonly string[] = [];

  /** @internal */
  constructor(
    private readonly service: HireFireService,
    private readonly requests: WebRequests,
  ) {}

  /**
   * A provider that uses another registry than prom-client's default one: for `providers` instead of the class.
   *
   * @example
   * ```ts
   * providers: [HireFireMetrics.in(registry)]
   * ```
   */
  static in(registry: Registry): FactoryProvider<HireFireMetrics> {
    return {
      provide: HireFireMetrics,
      inject: [HireFireService, WebRequests],
      useFactory: (service: HireFireService, requests: WebRequests) => {
        const metrics = new HireFireMetrics(service, requests);
        metrics.registry = registry;
        return metrics;
      },
    };
  }

  /** @internal */
  onModuleInit(): void {
    const { service, registry, requests } = this;
    const names = [...GAUGES, ...(requests.areMeasured ? [HISTOGRAM] : [])].map(({ name }) => name);
    const taken = names.find((name) => registry.getSingleMetric(name));
    if (taken !== undefined) {
      throw new HireFireConfigError(
        `HireFireMetrics: the registry has a metric "${taken}" already. Provide HireFireMetrics in one module only; a second ` +
          `app in the same process needs its own registry, as in HireFireMetrics.in(new Registry()).`,
      );
    }
    for (const { name, help, valueOf } of GAUGES) {
      new Gauge({
        name,
        help,
        labelNames: ['name'],
        registers: [registry],
        async collect() {
          const outcomes = await service.outcomes();
          this.reset();
          for (const outcome of outcomes) {
            const value = valueOf(outcome);
            if (value !== undefined) {
              this.set({ name: nameOf(outcome) }, value);
            }
          }
        },
      });
    }
    if (requests.areMeasured) {
      const histogram = new Histogram({ ...HISTOGRAM, registers: [registry] });
      requests.carriers.push({ add: (queueTime) => histogram.observe(queueTime / 1000) });
    }
    this.names = names;
  }

  /** @internal */
  onModuleDestroy(): void {
    this.names.forEach((name) => this.registry.removeSingleMetric(name));
  }
}

function valueFor(metric: 'size' | 'latency', outcome: ProcOutcome): number | undefined {
  return 'measurement' in outcome && outcome.metric === metric ? outcome.measurement.value : undefined;
}

function nameOf(outcome: ProcOutcome): string {
  return 'measurement' in outcome ? outcome.measurement.name : outcome.failure.name;
}
