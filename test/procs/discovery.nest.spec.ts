/** Finds the providers that are procs, and refuses an app with bad ones. */
import { describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Module, Scope, type ModuleMetadata, type Provider } from '@nestjs/common';
import { LazyModuleLoader, REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  HireFireConfigError,
  HireFireMeasureError,
  HireFireModule,
  HireFireProc,
  HireFireService,
  Proc,
  QueueProc,
  type Metric,
  type QueueReading,
} from '../../lib/index.js';
import { Deferred, LogLines, refusal, startApp, startModules } from './support.js';

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 3;
  }
}

class TestQueueProc extends QueueProc<string> {
  protected override async read(queues: readonly string[]): Promise<QueueReading[]> {
    return queues.map(() => ({ ready: 1, active: 2, latency: 4 }));
  }
}

const WORKER = [{ name: 'worker', quantity: 3, value: 3 }];

describe('finding procs', () => {
  class UndecoratedSubclass extends WorkerProc {}
  abstract class Alias {}

  it.each<[string, Provider[]]>([
    ['a class', [WorkerProc]],
    ['useClass', [{ provide: 'WORKER', useClass: WorkerProc }]],
    ['useFactory', [{ provide: 'WORKER', useFactory: () => new WorkerProc() }]],
    ['an async useFactory', [{ provide: 'WORKER', useFactory: async () => Promise.resolve(new WorkerProc()) }]],
    ['useFactory of another shape, by its token', [{ provide: WorkerProc, useFactory: () => ({ quantity: () => 3 }) }]],
    ['useValue', [{ provide: 'WORKER', useValue: new WorkerProc() }]],
    ['an undecorated subclass', [UndecoratedSubclass]],
    ['a subclass in its place', [{ provide: WorkerProc, useClass: UndecoratedSubclass }]],
    [
      'aliases',
      [
        { provide: 'BEFORE', useExisting: WorkerProc },
        WorkerProc,
        { provide: 'AFTER', useExisting: WorkerProc },
        { provide: Alias, useExisting: WorkerProc },
      ],
    ],
  ])('given by %s', async (_, providers) => {
    const { service, log } = await startApp({ providers });

    expect(await service.measure()).toEqual(WORKER);
    expect(log.lines).toEqual([]);
  });

  it('in any module, none of which imports HireFireModule', async () => {
    @Module({ providers: [WorkerProc] })
    class DeepModule {}
    @Module({ imports: [DeepModule] })
    class FeatureModule {}

    const { service } = await startApp({ imports: [FeatureModule] });

    expect(await service.measure()).toEqual(WORKER);
  });

  it('once, however many modules import the one that exports it', async () => {
    const quantity = jest.fn(() => 3);
    @HireFireProc('worker')
    class CountedProc {
      quantity = quantity;
    }
    @Module({ providers: [CountedProc], exports: [CountedProc] })
    class QueueModule {}
    @Module({ imports: [QueueModule], exports: [QueueModule] })
    class FirstModule {}
    @Module({
      imports: [FirstModule],
      providers: [{ provide: 'AGAIN', useFactory: (proc: CountedProc) => proc, inject: [CountedProc] }],
    })
    class SecondModule {}

    const { service, log } = await startApp({ imports: [FirstModule, SecondModule] });

    expect(await service.measure()).toEqual(WORKER);
    expect(quantity).toHaveBeenCalledTimes(1);
    expect(log.lines).toEqual([]);
  });

  it('with what their constructors ask for, without @Injectable()', async () => {
    class Jobs {
      count = 7;
    }
    @HireFireProc('worker')
    class InjectedProc extends Proc {
      constructor(
        private readonly jobs: Jobs,
        @Inject('EXTRA') private readonly extra: number,
      ) {
        super();
      }

      quantity(): number {
        return this.jobs.count + this.extra;
      }
    }

    const { service } = await startApp({ providers: [InjectedProc, Jobs, { provide: 'EXTRA', useValue: 2 }] });

    expect(await service.measure()).toEqual([{ name: 'worker', quantity: 9, value: 9 }]);
  });

  it('sorted by name, each with the number of its metric', async () => {
    @HireFireProc('b')
    class BProc extends WorkerProc {}
    @HireFireProc('a_late', { metric: 'latency' })
    class LateProc {
      latency = (): number => 1.5;
    }
    @HireFireProc(`A-${'0'.repeat(61)}`)
    class LongestProc extends WorkerProc {}

    const { service } = await startApp({ providers: [BProc, LateProc, WorkerProc, LongestProc] });

    expect(await service.measure()).toEqual([
      { name: `A-${'0'.repeat(61)}`, quantity: 3, value: 3 },
      { name: 'a_late', quantity: 1.5, value: 1.5 },
      { name: 'b', quantity: 3, value: 3 },
      ...WORKER,
    ]);
  });

  it('not the class itself where it is only a value', async () => {
    const { service } = await startApp({ providers: [{ provide: 'CLASSES', useValue: WorkerProc }] });

    expect(await service.measure()).toEqual([]);
  });

  it('with its method called on it', async () => {
    @HireFireProc('worker')
    class StatefulProc {
      #count = 11;
      quantity(): number {
        return this.#count;
      }
    }
    const { service } = await startApp({ providers: [StatefulProc] });

    expect(await service.measure()).toEqual([{ name: 'worker', quantity: 11, value: 11 }]);
  });

  it('that inject something transient', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Stopwatch {}
    @HireFireProc('worker')
    class TimedProc {
      constructor(readonly stopwatch: Stopwatch) {}
      quantity(): number {
        return this.stopwatch instanceof Stopwatch ? 3 : NaN;
      }
    }
    const { service } = await startApp({ providers: [TimedProc, Stopwatch] });

    expect(await service.measure()).toEqual(WORKER);
  });

  it('two apps in one process share nothing', async () => {
    @HireFireProc('worker')
    class OtherProc extends TestQueueProc {
      constructor() {
        super('other');
      }
    }
    const first = await startApp({ providers: [WorkerProc] });
    const second = await startApp({ providers: [OtherProc] });

    expect(await Promise.all([first.service.measure(), second.service.measure()])).toEqual([
      WORKER,
      [{ name: 'worker', quantity: 3, value: 3 }],
    ]);
    expect([...first.log.lines, ...second.log.lines]).toEqual([]);
  });
});

describe('a test that overrides a proc', () => {
  @HireFireProc('busy', { skipActive: true })
  class BusyProc extends TestQueueProc {
    constructor(@Inject('QUEUE') queue: string) {
      super(queue);
    }
  }
  class FakeProc {
    quantity(): number {
      return 6;
    }
  }

  const build = (): ReturnType<typeof Test.createTestingModule> =>
    Test.createTestingModule({
      imports: [HireFireModule.forRoot()],
      providers: [WorkerProc, BusyProc, { provide: 'QUEUE', useValue: 'mail' }],
    }).setLogger(new LogLines());

  it.each([
    ['nothing', build(), 1],
    [
      'a value',
      build()
        .overrideProvider(BusyProc)
        .useValue({ quantity: () => 5 }),
      5,
    ],
    ['a class', build().overrideProvider(BusyProc).useClass(FakeProc), 6],
    [
      'a factory',
      build()
        .overrideProvider(BusyProc)
        .useFactory({ factory: () => ({ quantity: () => 7 }) }),
      7,
    ],
  ])('by %s', async (_, builder, expected) => {
    const module = await builder.compile();
    await module.init();

    expect(await module.get(HireFireService).measure()).toEqual([
      { name: 'busy', quantity: expected, value: expected },
      ...WORKER,
    ]);
    await module.close();
  });
});

describe('a lazily loaded module', () => {
  @HireFireProc('lazy')
  class LazyProc extends WorkerProc {}

  it('brings its proc to the polls that follow', async () => {
    @Module({ providers: [LazyProc] })
    class LazyModule {}
    const { app, service, log } = await startApp({ providers: [WorkerProc] });
    expect(await service.measure()).toEqual(WORKER);

    await app.get(LazyModuleLoader).load(() => LazyModule);

    expect(await service.measure()).toEqual([{ name: 'lazy', quantity: 3, value: 3 }, ...WORKER]);
    expect(log.lines).toEqual([]);
  });

  it('is not asked before its procs have been constructed', async () => {
    const gate = new Deferred<number>();
    @HireFireProc('slow')
    class SlowProc {
      constructor(@Inject('COUNT') private readonly count: number) {}
      quantity(): number {
        return this.count;
      }
    }
    @Module({
      providers: [
        SlowProc,
        { provide: 'COUNT', useFactory: () => gate.promise },
        { provide: LazyProc, useFactory: async () => ({ quantity: await gate.promise.then((count) => () => count) }) },
      ],
    })
    class LazyModule {}
    const { app, service } = await startApp({ providers: [WorkerProc] });
    const loading = app.get(LazyModuleLoader).load(() => LazyModule);
    // The loader scans the module before it constructs anything.
    await new Promise((resolve) => setImmediate(resolve));

    expect(await service.measure()).toEqual(WORKER);

    gate.resolve(8);
    await loading;
    expect(await service.measure()).toEqual([
      { name: 'lazy', quantity: 8, value: 8 },
      { name: 'slow', quantity: 8, value: 8 },
      ...WORKER,
    ]);
  });

  it.each<'fail' | 'omit'>(['fail', 'omit'])(
    'with a proc that is refused fails the polls, naming it, until that is cured (onError: %s)',
    async (onError) => {
      @HireFireProc('worker')
      class SecondWorkerProc extends Proc {
        quantity(): number {
          return 1;
        }
      }
      @Module({ providers: [SecondWorkerProc] })
      class LazyModule {}
      const { app, service, log } = await startApp({ providers: [WorkerProc] }, { onError });
      await app.get(LazyModuleLoader).load(() => LazyModule);
      const message =
        'WorkerProc and SecondWorkerProc are both the process "worker": give one of them another name, or let one ' +
        'class name all queues of the process.';

      for (let poll = 0; poll < 2; poll += 1) {
        const error = await refusal(service.measure());
        expect(error).toBeInstanceOf(HireFireMeasureError);
        expect(error).toMatchObject({ errors: [{ name: 'worker', message }] });
      }
      expect(log.take()).toEqual([`error The proc "worker" could not be measured: ${message}`]);

      HireFireProc('second')(SecondWorkerProc);
      expect(await service.measure()).toEqual([{ name: 'second', quantity: 1, value: 1 }, ...WORKER]);
      expect(log.take()).toEqual(['log The proc "worker" can be measured again.']);
    },
  );
});

describe('warnings', () => {
  it('no proc at all', async () => {
    const { service, log } = await startApp({});

    expect(log.lines).toEqual([
      'warn No proc was found: HireFire will scale nothing. Mark a provider with @HireFireProc() and list it in a module.',
    ]);
    expect(await service.measure()).toEqual([]);
  });

  it('one class provided by two modules is one proc, with one warning', async () => {
    let count = 0;
    @HireFireProc('worker')
    class TwiceProc {
      readonly id = (count += 1);
      quantity(): number {
        return this.id;
      }
    }
    @Module({ providers: [TwiceProc] })
    class FirstModule {}
    @Module({ providers: [TwiceProc] })
    class SecondModule {}
    const { service, log } = await startApp({ imports: [FirstModule, SecondModule] });

    const measured = await service.measure();
    await service.measure();

    expect(count).toBe(2);
    expect(measured).toHaveLength(1);
    expect(log.lines).toEqual([
      'warn TwiceProc is provided more than once; the first instance is the process "worker". ' +
        'Provide it in one module only, and export it from there.',
    ]);
  });
});

describe('warnings of procs that HireFire does not see', () => {
  it('a Proc without a name', async () => {
    @Injectable()
    class NamelessProc extends Proc {
      quantity(): number {
        return 3;
      }
    }
    const { service, log } = await startApp({ providers: [NamelessProc, WorkerProc] });

    expect(await service.measure()).toEqual(WORKER);
    expect(log.lines).toEqual([
      'warn NamelessProc extends Proc but has no @HireFireProc(), so it is not reported to HireFire: mark the class, with ' +
        'the name of its process in the Procfile.',
    ]);
  });

  it('providers that throw when read are not procs, and are read once', async () => {
    const throwing = (): never => {
      throw new TypeError('Reflect.getPrototypeOf called on non-object');
    };
    const looks = jest.fn(throwing);
    const proxy = new Proxy({}, { getPrototypeOf: looks, has: throwing });
    const { service, log } = await startApp({
      providers: [
        WorkerProc,
        { provide: 'proxy', useFactory: () => proxy },
        { provide: 'text', useFactory: () => 'a text' },
        { provide: 'nothing', useFactory: () => null },
      ],
    });
    expect(looks).toHaveBeenCalled();
    looks.mockClear();

    expect(await service.measure()).toEqual(WORKER);
    expect(await service.measure()).toEqual(WORKER);
    expect(looks).not.toHaveBeenCalled();
    expect(log.lines).toEqual([]);
  });

  it('the options of a second import', async () => {
    @Module({ imports: [HireFireModule.forRoot({ token: 'second' })] })
    class SecondModule {}
    const { service, log } = await startApp({ imports: [SecondModule], providers: [WorkerProc] });

    expect(await service.measure()).toEqual(WORKER);
    expect(log.lines).toEqual([
      'warn HireFireModule is imported more than once, and only the first import answers HireFire. Import it once, in ' +
        'the root module: HireFireService can be injected anywhere.',
    ]);
  });
});

describe('refused at start-up', () => {
  it('HireFireModule without forRoot()', async () => {
    const error = await refusal(Test.createTestingModule({ imports: [HireFireModule] }).compile());

    expect(error).toMatchObject({
      name: 'HireFireConfigError',
      message:
        'HireFireModule was imported without options: import HireFireModule.forRoot() or HireFireModule.forRootAsync().',
    });
  });

  const named = (name: string): Provider => {
    @HireFireProc(name)
    class BadlyNamedProc extends WorkerProc {}
    return BadlyNamedProc;
  };
  const noName = (shown: string): string =>
    `BadlyNamedProc: ${shown} is not a valid Procfile process name. Use a letter first, then letters, digits, "-" and "_", ` +
    `63 characters at most.`;

  it.each([
    ['', "''"],
    ['1worker', "'1worker'"],
    ['-worker', "'-worker'"],
    ['mail.worker', "'mail.worker'"],
    ['mail worker', "'mail worker'"],
    ['worker\n', "'worker\\n'"],
    ['wörker', "'wörker'"],
    ['w'.repeat(64), `'${'w'.repeat(64)}'`],
  ])('the name %j', async (name, shown) => {
    const error = await refusal(startApp({ providers: [named(name)] }));

    expect(error).toBeInstanceOf(HireFireConfigError);
    expect(error).toMatchObject({ name: 'HireFireConfigError', message: noName(shown), procName: name });
  });

  it('names that are no strings', async () => {
    class BadlyNamedProc extends WorkerProc {}
    const decorators: [ClassDecorator, string][] = [
      // @ts-expect-error -- JavaScript may leave it out
      [HireFireProc(), 'undefined'],
      // @ts-expect-error -- or hand over a null
      [HireFireProc(null), 'null'],
      // @ts-expect-error -- or a number
      [HireFireProc(5n), '5n'],
      // @ts-expect-error -- or an object, which would turn into a good name
      [HireFireProc({ toString: () => 'worker' }), '{ toString: [Function: toString] }'],
      // @ts-expect-error -- or an array, which would too
      [HireFireProc(['worker']), "[ 'worker' ]"],
    ];
    for (const [decorate, shown] of decorators) {
      decorate(BadlyNamedProc);
      expect(await refusal(startApp({ providers: [BadlyNamedProc] }))).toMatchObject({
        name: 'HireFireConfigError',
        message: noName(shown),
        procName: shown,
      });
    }
  });

  it('the name web, with a hint at the option', async () => {
    expect(await refusal(startApp({ providers: [named('web')] }))).toMatchObject({
      name: 'HireFireConfigError',
      message:
        'BadlyNamedProc: "web" can\'t be a proc, because web dynos are scaled by request queue time: see the option ' +
        '`web` of HireFireModule.forRoot(). Name the process that works on the queue.',
      procName: 'web',
    });
  });

  const SCOPE_CURE =
    'by its own scope or by what it injects: a proc is measured outside of any request and must be a singleton. ' +
    'Remove the scope, or what brings it in.';

  @HireFireProc('worker')
  @Injectable({ scope: Scope.REQUEST })
  class OuterMarkProc extends WorkerProc {}
  @Injectable({ scope: Scope.REQUEST })
  @HireFireProc('worker')
  class InnerMarkProc extends WorkerProc {}
  @Injectable({ scope: Scope.REQUEST, durable: true })
  @HireFireProc('worker')
  class DurableProc extends WorkerProc {}
  class InheritingProc extends OuterMarkProc {}
  @HireFireProc('worker')
  class RequestingProc extends WorkerProc {
    constructor(@Inject(REQUEST) readonly request: unknown) {
      super();
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Tenant {}
  @Injectable()
  class Jobs {
    constructor(readonly tenant: Tenant) {}
  }
  @HireFireProc('worker')
  class TenantProc extends WorkerProc {
    constructor(readonly jobs: Jobs) {
      super();
    }
  }
  @HireFireProc('worker')
  @Injectable({ scope: Scope.TRANSIENT })
  class OuterTransientProc extends WorkerProc {}
  @Injectable({ scope: Scope.TRANSIENT })
  @HireFireProc('worker')
  class InnerTransientProc extends WorkerProc {}

  @HireFireProc('worker')
  class OtherWorkerProc extends Proc {
    quantity(): number {
      return 0;
    }
  }
  class SubclassProc extends WorkerProc {}
  @HireFireProc('mail')
  class EmptyProc extends TestQueueProc {}
  @HireFireProc('mail')
  class MissingProc extends TestQueueProc {
    constructor(@Inject('QUEUE') queue: string) {
      super('images', queue);
    }
  }
  @HireFireProc('mail', { skipActive: true })
  class SkippingProc extends WorkerProc {}
  @HireFireProc('mail', { metric: 'latency' })
  class SizeOnlyProc extends TestQueueProc {
    override readonly metrics: readonly Metric[] = ['size'];
    constructor() {
      super('mail');
    }
  }
  @HireFireProc('mail')
  class LatencyOnlyProc extends TestQueueProc {
    override readonly metrics: readonly Metric[] = ['latency'];
    constructor() {
      super('mail');
    }
  }
  // @ts-expect-error -- the decorator's type refuses it too
  @HireFireProc('mail', { metric: 'latency' })
  class NoLatencyProc extends WorkerProc {}
  // @ts-expect-error -- the decorator's type refuses it too
  @HireFireProc('mail')
  class NoQuantityProc {}
  // @ts-expect-error -- the decorator's type refuses it too
  @HireFireProc('mail', { metric: 'speed' })
  class SpeedProc extends WorkerProc {}
  // @ts-expect-error -- the decorator's type refuses it too
  @HireFireProc('mail', { skipActive: 'yes' })
  class TextProc extends TestQueueProc {
    constructor() {
      super('mail');
    }
  }
  // @ts-expect-error -- the decorator's type refuses it too
  @HireFireProc('mail', { skipactive: true })
  class MisspeltProc extends WorkerProc {}
  // @ts-expect-error -- the decorator's type refuses it too
  @HireFireProc('mail', 'latency')
  class TextOptionsProc extends WorkerProc {}

  it.each<[string, string, ModuleMetadata]>([
    [
      'two classes with one name',
      'WorkerProc and OtherWorkerProc are both the process "worker": give one of them another name, or let one class ' +
        'name all queues of the process.',
      { providers: [WorkerProc, OtherWorkerProc] },
    ],
    [
      'a class and its undecorated subclass',
      'WorkerProc and SubclassProc are both the process "worker": give one of them another name, or let one class ' +
        'name all queues of the process.',
      { providers: [WorkerProc, SubclassProc] },
    ],
    ['request-scoped, marked above', `OuterMarkProc is request-scoped, ${SCOPE_CURE}`, { providers: [OuterMarkProc] }],
    ['request-scoped, marked below', `InnerMarkProc is request-scoped, ${SCOPE_CURE}`, { providers: [InnerMarkProc] }],
    ['durable', `DurableProc is request-scoped, ${SCOPE_CURE}`, { providers: [DurableProc] }],
    ['an inherited scope', `InheritingProc is request-scoped, ${SCOPE_CURE}`, { providers: [InheritingProc] }],
    ['injecting the request', `RequestingProc is request-scoped, ${SCOPE_CURE}`, { providers: [RequestingProc] }],
    [
      'request-scoped through what it injects',
      `TenantProc is request-scoped, ${SCOPE_CURE}`,
      { providers: [TenantProc, Jobs, Tenant] },
    ],
    ['transient, marked above', `OuterTransientProc is transient, ${SCOPE_CURE}`, { providers: [OuterTransientProc] }],
    ['transient, marked below', `InnerTransientProc is transient, ${SCOPE_CURE}`, { providers: [InnerTransientProc] }],
    [
      'a QueueProc without a queue',
      'EmptyProc has no queue: hand at least one to super(), as in super(mail, images).',
      { providers: [EmptyProc] },
    ],
    [
      'a QueueProc given undefined',
      "MissingProc was given undefined as queue 2 of 2: inject it, as in @InjectQueue('mail') mail: Queue.",
      { providers: [MissingProc, { provide: 'QUEUE', useFactory: () => undefined }] },
    ],
    [
      'a QueueProc given null',
      "MissingProc was given null as queue 2 of 2: inject it, as in @InjectQueue('mail') mail: Queue.",
      { providers: [MissingProc, { provide: 'QUEUE', useFactory: () => null }] },
    ],
    [
      'skipActive on what is no QueueProc',
      'SkippingProc: the option "skipActive" has a meaning for a QueueProc only. Remove it, and leave active jobs out ' +
        'in its own quantity().',
      { providers: [SkippingProc] },
    ],
    [
      'skipActive that is no boolean',
      `TextProc: the option "skipActive" must be true or false, but it is 'yes'.`,
      { providers: [TextProc] },
    ],
    [
      'an unknown option',
      'MisspeltProc: there is no option "skipactive", only metric, skipActive, queues, protect. Remove it or correct its name.',
      { providers: [MisspeltProc] },
    ],
    [
      'options that are no object',
      `TextOptionsProc: the options of @HireFireProc() must be an object, such as { metric: 'latency' }, but they are 'latency'.`,
      { providers: [TextOptionsProc] },
    ],
    [
      'a latency that the backend cannot measure',
      "SizeOnlyProc: its backend can't measure the metric 'latency'. Use 'size'.",
      { providers: [SizeOnlyProc] },
    ],
    [
      'a size that the backend cannot measure',
      "LatencyOnlyProc: its backend can't measure the metric 'size'. Use 'latency'.",
      { providers: [LatencyOnlyProc] },
    ],
    [
      'the metric latency without latency()',
      "NoLatencyProc has no latency(), which the metric 'latency' needs: implement it, or use the metric 'size'.",
      { providers: [NoLatencyProc] },
    ],
    [
      'no quantity()',
      "NoQuantityProc has no quantity(), which the metric 'size' needs: implement it.",
      { providers: [NoQuantityProc] },
    ],
    [
      'an unknown metric',
      `SpeedProc: the option "metric" must be 'size' or 'latency', but it is 'speed'.`,
      { providers: [SpeedProc] },
    ],
    [
      'a provider that gives undefined',
      'WorkerProc is the process "worker", but its provider gave undefined: let it give an instance.',
      { providers: [{ provide: WorkerProc, useFactory: () => undefined }] },
    ],
    [
      'a provider that gives null',
      'WorkerProc is the process "worker", but its provider gave null: let it give an instance.',
      { providers: [{ provide: WorkerProc, useValue: null }] },
    ],
    [
      'a provider that gives a number',
      'WorkerProc is the process "worker", but its provider gave 5: let it give an instance.',
      { providers: [{ provide: WorkerProc, useValue: 5 }] },
    ],
  ])('%s', async (_, message, metadata) => {
    const error = await refusal(startApp(metadata));

    expect(error).toBeInstanceOf(HireFireConfigError);
    expect(error).toMatchObject({ message });
  });
});

describe('forRootAsync', () => {
  @Injectable()
  class Settings {
    create(): { onError: 'omit' } {
      return { onError: 'omit' };
    }
  }
  @Module({ providers: [Settings, { provide: 'ON_ERROR', useValue: 'omit' }], exports: [Settings, 'ON_ERROR'] })
  class SettingsModule {}
  @HireFireProc('broken')
  class BrokenProc {
    quantity(): number {
      throw new Error('broken');
    }
  }

  it.each([
    ['useFactory', HireFireModule.forRootAsync({ useFactory: () => ({ onError: 'omit' }) })],
    [
      'an async useFactory',
      HireFireModule.forRootAsync({ useFactory: async () => Promise.resolve({ onError: 'omit' }) }),
    ],
    [
      'imports and inject',
      HireFireModule.forRootAsync({
        imports: [SettingsModule],
        inject: ['ON_ERROR'],
        useFactory: (onError: 'omit') => ({ onError }),
      }),
    ],
    ['useClass', HireFireModule.forRootAsync({ useClass: Settings })],
    ['useExisting', HireFireModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings })],
  ])('%s', async (_, module) => {
    const { service } = await startModules({ imports: [module], providers: [WorkerProc, BrokenProc] });

    // Without the option, the broken proc would fail the poll.
    expect(await service.measure()).toEqual(WORKER);
  });

  it('refuses a wrong option when the app starts', async () => {
    const module = HireFireModule.forRootAsync({ useFactory: () => ({ timeout: 0 }) });

    expect(await refusal(startModules({ imports: [module] }))).toMatchObject({
      name: 'HireFireConfigError',
      message:
        'HireFireModule: the option "timeout" must be a number of milliseconds above 0 and at most 2147483647, but it is 0.',
    });
  });
});

describe('the service', () => {
  it('can be injected in a module that does not import HireFireModule', async () => {
    @Injectable()
    class Dashboard {
      constructor(readonly hirefire: HireFireService) {}
    }
    @Module({ providers: [Dashboard] })
    class FeatureModule {}
    const { app, service } = await startApp({ imports: [FeatureModule], providers: [WorkerProc] });

    expect(app.get(Dashboard, { strict: false }).hirefire).toBe(service);
  });
});
