import { Injectable, type FactoryProvider, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Gauge, register, type Registry } from 'prom-client';
import { HireFireConfigError } from '../hirefire.errors.js';
import { HireFireService, type ProcOutcome } from '../procs/hirefire.service.js';

/** The gauges, and the sample that each has of a proc; `undefined` where it has none. */
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
    help: '1 if the process could be measured, 0 if not: then it has no other sample.',
    valueOf: (outcome) => ('measurement' in outcome ? 1 : 0),
  },
];

/**
 * Puts the numbers of the app's procs where Prometheus, KEDA and Fly's autoscaler read them: gauges of prom-client, measured
 * when they are scraped. A scrape and a poll of HireFire that overlap share one measurement.
 *
 * `hirefire_job_queue_size{name}` has the procs of the metric `size`, `hirefire_job_queue_latency_seconds{name}` those of the
 * metric `latency`. A proc that could not be measured has no sample there, and `hirefire_proc_up{name}` is 0 for it.
 *
 * @example
 * ```ts
 * @Module({ imports: [HireFireModule.forRoot()], providers: [WorkerProc, HireFireMetrics] })
 * export class AppModule {}
 * ```
 *
 * @publicApi
 */
@Injectable()
export class HireFireMetrics implements OnModuleInit, OnModuleDestroy {
  private registry = register;
  private names: readonly string[] = [];

  constructor(private readonly service: HireFireService) {}

  /**
   * The same in a registry of one's own, where prom-client's default one is not used.
   *
   * @returns a provider, to stand in `providers` in the place of the class
   *
   * @example
   * ```ts
   * providers: [HireFireMetrics.in(registry)]
   * ```
   */
  static in(registry: Registry): FactoryProvider<HireFireMetrics> {
    return {
      provide: HireFireMetrics,
      inject: [HireFireService],
      useFactory: (service: HireFireService) => {
        const metrics = new HireFireMetrics(service);
        metrics.registry = registry;
        return metrics;
      },
    };
  }

  /** @internal */
  onModuleInit(): void {
    const { service } = this;
    const taken = GAUGES.find(({ name }) => this.registry.getSingleMetric(name));
    if (taken) {
      throw new HireFireConfigError(
        `HireFireMetrics: the registry has a metric "${taken.name}" already. Provide HireFireMetrics in one module only; a second ` +
          `app in the same process needs a registry of its own, as in HireFireMetrics.in(new Registry()).`,
      );
    }
    for (const { name, help, valueOf } of GAUGES) {
      new Gauge({
        name,
        help,
        labelNames: ['name'],
        registers: [this.registry],
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
    this.names = GAUGES.map(({ name }) => name);
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
