/** Procs of Bull and BullMQ that name their queues: the module finds them, wherever the app registers them. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BullModule, getQueueToken } from '@nestjs/bull';
import { Inject, Module, Scope, type DynamicModule, type ModuleMetadata, type Provider } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireConfigError, HireFireModule, HireFireProc, HireFireService, QueueProc } from '../../lib/index.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { Deferred, failures, LogLines, refusal, startApp } from './support.js';

const prefix = `by-name-${randomUUID()}`;
const { port, db } = redisAccess();
const SERVER = `127.0.0.1:${port}/${db}`;

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((queue) => queue.close()));
});

function opening<Q extends { close(): Promise<unknown> }>(queue: Q): Q {
  opened.push(queue);
  return queue;
}

const bull = (name: string, own = prefix): Bull.Queue => opening(new Bull(name, redisUrl(), { prefix: own }));
const bullMQ = (name: string, own = prefix): Queue =>
  opening(new Queue(name, { connection: { ...redisAccess() }, prefix: own }));
const provided = (queue: { readonly name: string }): Provider => ({
  provide: getQueueToken(queue.name),
  useFactory: () => queue,
});

/** A feature module that keeps its queues to itself. */
function feature(...options: Parameters<typeof BullModule.registerQueue>): DynamicModule {
  class FeatureModule {}
  return { module: FeatureModule, imports: [BullModule.registerQueue(...options)] };
}
/** A feature module whose queue is not made by Nest's module. */
function holding(...queues: readonly { readonly name: string }[]): DynamicModule {
  class HoldingModule {}
  return { module: HoldingModule, providers: queues.map(provided) };
}

const root = (): DynamicModule => BullModule.forRoot({ redis: redisAccess(), prefix });

@HireFireProc('worker')
class NamingProc extends BullProc {
  constructor() {
    super('mail', 'images');
  }
}
@HireFireProc('worker', { queues: ['mail', 'images'] })
class OptionProc extends BullProc {}
@HireFireProc('worker', { queues: ['images'] })
class MixedProc extends BullProc {
  constructor(@Inject('OWN') own: Bull.Queue) {
    super('mail', own, 'mail');
  }
}
@HireFireProc('mail', { queues: ['mail'] })
class MailProc extends BullProc {}
@HireFireProc('mq', { queues: ['mail'] })
class MQMailProc extends BullMQProc {}

const NOT_THERE =
  'MailProc names the queue "mail", which is not there yet: its module is loading, its factory is request-scoped, or the app has no HireFireModule';

describe('names', () => {
  it.each([
    { given: 'to super()', proc: NamingProc, size: 3, report: `${prefix}:mail, other:images on ${SERVER}` },
    { given: 'by the option', proc: OptionProc, size: 3, report: `${prefix}:mail, other:images on ${SERVER}` },
    {
      given: 'in both ways, with a queue',
      proc: MixedProc,
      size: 7,
      report: `${prefix}:mail, ${prefix}:own, other:images on ${SERVER}`,
    },
  ])('$given find queues of modules that export nothing', async ({ proc, size, report }) => {
    const own = bull('own');
    const { app, service, log } = await startApp({
      imports: [root(), feature({ name: 'mail' }), feature({ name: 'images', prefix: 'other' })],
      providers: [proc, { provide: 'OWN', useValue: own }],
    });
    const mail = app.get<Bull.Queue>(getQueueToken('mail'), { strict: false });
    const images = app.get<Bull.Queue>(getQueueToken('images'), { strict: false });
    await mail.add({});
    await images.addBulk([{ data: {} }, { data: {} }]);
    await own.addBulk([{ data: {} }, { data: {} }, { data: {} }, { data: {} }]);

    expect(await service.measure()).toEqual([{ name: 'worker', quantity: size, value: size }]);
    expect(log.reports).toEqual([`The proc "worker" reports its size: ${report}.`]);
    expect(app.get(proc).queues.map(({ name }) => name)).toEqual(
      proc === MixedProc ? ['mail', 'own', 'images'] : ['mail', 'images'],
    );
    await Promise.all([mail, images, own].map((queue) => queue.empty()));
  });

  it('find the queues of their library only', async () => {
    const [ofBull, ofBullMQ] = [bull('mail'), bullMQ('mail', `${prefix}-mq`)];
    await ofBull.add({});
    await ofBullMQ.addBulk([
      { name: 'test', data: {} },
      { name: 'test', data: {} },
    ]);
    const { service } = await startApp({
      imports: [holding(ofBull), holding(ofBullMQ)],
      providers: [MailProc, MQMailProc],
    });

    expect(await service.measure()).toEqual([
      { name: 'mail', quantity: 1, value: 1 },
      { name: 'mq', quantity: 2, value: 2 },
    ]);
    await ofBull.empty();
    await ofBullMQ.obliterate();
  });

  it('find one queue behind two objects with the same prefix and connection', async () => {
    const queue = bull('mail');
    await queue.add({});
    const { service } = await startApp({ imports: [holding(queue), holding(bull('mail'))], providers: [MailProc] });

    expect(await service.measure()).toEqual([{ name: 'mail', quantity: 1, value: 1 }]);
    await queue.empty();
  });

  it('find a queue that a factory renamed, by the name of its registration', async () => {
    const queue = bull('staging-mail');
    await queue.add({});
    const { service } = await startApp({ providers: [MailProc, { provide: getQueueToken('mail'), useValue: queue }] });

    expect(await service.measure()).toEqual([{ name: 'mail', quantity: 1, value: 1 }]);
    await queue.empty();
  });

  it('are found by a measurement before the app is initialised', async () => {
    const module = await Test.createTestingModule({
      imports: [HireFireModule.forRoot(), holding(bull('mail'))],
      providers: [MailProc],
    }).compile();

    expect(await module.get(HireFireService).measure()).toEqual([{ name: 'mail', quantity: 0, value: 0 }]);
  });

  it('are not found without the module: a failure, and no 0', async () => {
    await expect(new MailProc().quantity()).rejects.toThrow(NOT_THERE);
    await expect(new MailProc(bull('own')).quantity()).rejects.toThrow(NOT_THERE);
  });

  it('find the queue of a lazily loaded module once it is constructed', async () => {
    const gate = new Deferred<Bull.Queue>();
    @Module({
      providers: [MailProc, { provide: getQueueToken('mail'), useFactory: () => gate.promise }],
    })
    class LazyModule {}
    const { app, service } = await startApp({});
    const loading = app.get(LazyModuleLoader).load(() => LazyModule);
    await new Promise(setImmediate);
    expect(await failures(service.measure())).toEqual([{ name: 'mail', message: NOT_THERE }]);

    gate.resolve(bull('mail'));
    await loading;
    expect(await service.measure()).toEqual([{ name: 'mail', quantity: 0, value: 0 }]);
  });

  it('of a queue that a request-scoped factory makes fail the polls', async () => {
    const scoped = { provide: getQueueToken('mail'), scope: Scope.REQUEST, useFactory: () => bull('mail') };
    const { service } = await startApp({ providers: [MailProc, scoped] });

    expect(await failures(service.measure())).toEqual([{ name: 'mail', message: NOT_THERE }]);
  });

  it('that another queue has as well fail the polls from its construction on, whichever came first', async () => {
    const gate = new Deferred<Bull.Queue>();
    @Module({ providers: [{ provide: getQueueToken('mail'), useFactory: () => gate.promise }] })
    class LazyModule {}
    const { app, service } = await startApp({ imports: [holding(bull('mail'))], providers: [MailProc] });
    expect(await service.measure()).toEqual([{ name: 'mail', quantity: 0, value: 0 }]);

    const loading = app.get(LazyModuleLoader).load(() => LazyModule);
    await new Promise(setImmediate);
    expect(await failures(service.measure())).toEqual([{ name: 'mail', message: NOT_THERE }]);
    gate.resolve(bull('mail', 'other'));
    await loading;
    expect(await failures(service.measure())).toEqual([
      { name: 'mail', message: expect.stringContaining('the app has 2 of that name') },
    ]);
  });

  it('of a lazily loaded module that are wrong fail the polls', async () => {
    @Module({ providers: [MailProc] })
    class LazyModule {}
    const { app, service } = await startApp({});
    await app.get(LazyModuleLoader).load(() => LazyModule);

    expect(await failures(service.measure())).toEqual([
      {
        name: 'mail',
        message:
          'MailProc names the queue "mail", but the app has no such queue of Bull. Register it with BullModule of @nestjs/bull.',
      },
    ]);
  });
});

describe('a test that overrides', () => {
  const build = (): ReturnType<typeof Test.createTestingModule> =>
    Test.createTestingModule({
      imports: [HireFireModule.forRoot(), holding({ name: 'mail' }), holding({ name: 'mail' })],
      providers: [MailProc],
    }).setLogger(new LogLines());

  it('the queue starts, and measuring it fails', async () => {
    const module = await build()
      .overrideProvider(getQueueToken('mail'))
      .useFactory({ factory: () => ({ add: jest.fn() }) })
      .compile();
    await module.init();

    expect(await failures(module.get(HireFireService).measure())).toEqual([
      {
        name: 'mail',
        message:
          'queue 1 of MailProc is no queue of Bull: inject one with @InjectQueue() of @nestjs/bull. A test without Redis ' +
          'can override MailProc itself.',
      },
    ]);
    await module.close();
  });

  it('the proc needs no queue', async () => {
    const module = await build()
      .overrideProvider(MailProc)
      .useValue({ quantity: () => 5 })
      .compile();
    await module.init();

    expect(await module.get(HireFireService).measure()).toEqual([{ name: 'mail', quantity: 5, value: 5 }]);
    await module.close();
  });
});

describe('refused at start-up', () => {
  @HireFireProc('own', { queues: ['mail'] })
  class OwnProc extends QueueProc<string> {
    constructor() {
      super('own');
    }
    protected override read(): Promise<never> {
      return Promise.reject(new Error('never read'));
    }
  }
  // @ts-expect-error -- the decorator's type refuses it too
  @HireFireProc('text', { queues: 'mail' })
  class TextProc extends BullProc {}
  @HireFireProc('none', { queues: [] })
  class NoneProc extends BullProc {}

  it.each<[string, string, () => ModuleMetadata]>([
    [
      'an unknown name, with the known ones',
      'MailProc names the queue "mail", but the app has no such queue of Bull, only images, reports. Correct the name, or register the queue.',
      () => ({ imports: [holding(bull('reports'), bull('images')), holding(bullMQ('mail'))], providers: [MailProc] }),
    ],
    [
      'a name in an app without queues',
      'MQMailProc names the queue "mail", but the app has no such queue of BullMQ. Register it with BullModule of @nestjs/bullmq.',
      () => ({ imports: [holding(bull('mail'))], providers: [MQMailProc] }),
    ],
    [
      'a name of two queues with different prefixes',
      `MailProc names the queue "mail", but the app has 2 of that name, with different prefixes or connections: ${prefix}:mail on ` +
        `${SERVER} and other:mail on ${SERVER}. Move the class into a module that imports only the right one, and inject it there, as in @InjectQueue('mail') queue: Queue.`,
      () => ({ imports: [holding(bull('mail')), holding(bull('mail', 'other'))], providers: [MailProc] }),
    ],
    [
      'a name of two queues with different connections',
      `MQMailProc names the queue "mail", but the app has 2 of that name, with different prefixes or connections: ${prefix}:mail on ` +
        `${SERVER} and ${prefix}:mail on 127.0.0.1:${port}/7. Move the class into a module that imports only the right one, and inject it there, as in @InjectQueue('mail') queue: Queue.`,
      () => ({
        imports: [
          holding(bullMQ('mail')),
          holding(opening(new Queue('mail', { connection: { ...redisAccess(), db: 7 }, prefix }))),
        ],
        providers: [MQMailProc],
      }),
    ],
    [
      'a name of what is no queue',
      'MailProc extends BullProc, but the queue "mail" is no queue of Bull: inject one with @InjectQueue() of @nestjs/bull, or ' +
        "name it, as in super('mail'). A test without Redis can override the proc itself.",
      () => ({
        providers: [MailProc, { provide: getQueueToken('mail'), useValue: { add: () => Promise.resolve() } }],
      }),
    ],
    [
      'the option on another class',
      'OwnProc: the option "queues" has a meaning for a BullProc or a BullMQProc only. Remove it, and name the queues in super().',
      () => ({ providers: [OwnProc] }),
    ],
    [
      'an option that is no list',
      `TextProc: the option "queues" must be a list of names, such as ['mail', 'images'], but it is 'mail'.`,
      () => ({ providers: [TextProc] }),
    ],
    [
      'an empty list',
      'NoneProc has no queue: hand at least one to super(), as in super(mail, images), or name it, as in super(\'mail\') or in the option "queues".',
      () => ({ providers: [NoneProc] }),
    ],
  ])('%s', async (_, message, metadata) => {
    const error = await refusal(startApp(metadata()));

    expect(error).toBeInstanceOf(HireFireConfigError);
    expect(error).toMatchObject({ message });
  });
});

describe('queues that no proc reads', () => {
  @HireFireProc('custom')
  class CustomProc {
    constructor(@Inject('HELD') readonly held: Bull.Queue) {}
    quantity(): Promise<number> {
      return this.held.count();
    }
  }

  it('are in one warning, of the libraries that a proc is for', async () => {
    const held = bull('held');
    const { log } = await startApp({
      imports: [
        holding(bull('mail'), bull('images'), bull('reports', 'other'), held),
        // The same, for another module.
        holding(bull('mail'), bull('images')),
        holding(bullMQ('mail', 'other'), bullMQ('mq')),
      ],
      providers: [MailProc, MQMailProc, CustomProc, { provide: 'HELD', useValue: held }],
    });

    expect(log.lines).toEqual([
      `warn No proc reads: ${prefix}:images, other:reports, ${prefix}:mq on ${SERVER}. HireFire will hire for none of their jobs: ` +
        'add each queue to the proc of the process that works on it.',
    ]);
  });

  it('are no matter to an app without a proc of that library', async () => {
    const { log } = await startApp({
      imports: [holding(bull('mail')), holding(bullMQ('mail'), bullMQ('mq'))],
      providers: [MailProc],
    });

    expect(log.lines).toEqual([]);
  });
});
