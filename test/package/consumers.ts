/** Every consumer must be able to do this, with any Nest and any module system. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TestDatabase } from '../support/postgres.js';
import { COMPLETIONS } from '../types/completions.js';
import { Consumer, type Compilation } from './consumer.js';

/** Both module systems, and every way in which TypeScript finds a package today. */
const COMPILATIONS: readonly (Compilation & { readonly name: string })[] = [
  { name: 'commonjs-node10', type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
  { name: 'commonjs-nodenext', type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  { name: 'esm-nodenext', type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { name: 'esm-bundler', type: 'module', module: 'esnext', moduleResolution: 'bundler' },
];

const ROOT_EXPORTS = [
  'ClientProc',
  'HireFireConfigError',
  'HireFireController',
  'HireFireMeasureError',
  'HireFireModule',
  'HireFireProc',
  'HireFireService',
  'MeasureFailure',
  'Proc',
  'QueueProc',
];

const NUMBERS = [
  { name: 'lean-lists', quantity: 4, value: 4 },
  { name: 'legacy', quantity: 10, value: 10 },
  { name: 'lists', quantity: 7, value: 7 },
  { name: 'mailer', quantity: 1.5, value: 1.5 },
  { name: 'reports', quantity: 3, value: 3 },
];

/** The packages that an app of that Nest adds to use a backend. */
const BACKENDS = [
  {
    library: 'Bull',
    entry: 'bull',
    baseClass: 'BullProc',
    dependencies: (nest: number) => ({ '@nestjs/bull': `^${nest}.0.0`, bull: '^4.16.0' }),
  },
  {
    library: 'BullMQ',
    entry: 'bullmq',
    baseClass: 'BullMQProc',
    // Only since Nest 12 does its module know BullMQ 6, which leaves the choice of a Redis client to the app.
    dependencies: (nest: number) => ({
      '@nestjs/bullmq': `^${nest}.0.0`,
      ...(nest < 12 ? { bullmq: '^5.0.0' } : { bullmq: '^6.0.0', ioredis: '^6.0.0' }),
    }),
  },
  {
    library: 'RQ',
    entry: 'rq',
    baseClass: 'RQProc',
    dependencies: () => ({ ioredis: '^5.4.0', redis: '^5.0.0' }),
  },
  {
    library: 'pg-boss',
    entry: 'pg-boss',
    baseClass: 'PgBossProc',
    // The last ones that every TypeScript here can require().
    dependencies: () => ({ 'graphile-worker': '^0.16.0', pg: '^8.0.0', '@types/pg': '^8.0.0', 'pg-boss': '^10.0.0' }),
  },
] as const;

/** Backends that are compiled and run in another backend's app, or in a separate folder with their library. */
const SIBLINGS = [
  { library: 'pg', entry: 'graphile-worker', baseClass: 'GraphileWorkerProc' },
  { library: 'a Redis client', entry: 'celery', baseClass: 'CeleryProc' },
  { library: 'a Redis client', entry: 'sidekiq', baseClass: 'SidekiqProc' },
  { library: 'a Redis client', entry: 'redis-list', baseClass: 'RedisListProc' },
  { library: 'amqplib', entry: 'rabbitmq', baseClass: 'RabbitMQProc' },
] as const;

/** @param typescript - the one that a project of this Nest's time has */
export function testConsumers(nest: 10 | 11 | 12, typescript: string): void {
  const dependencies = {
    '@nestjs/common': `^${nest}.0.0`,
    '@nestjs/core': `^${nest}.0.0`,
    '@nestjs/platform-express': `^${nest}.0.0`,
    '@nestjs/testing': `^${nest}.0.0`,
    '@types/node': '^20.0.0',
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
    typescript,
    'typescript-4.9': 'npm:typescript@~4.9.5',
  };
  // TypeScript 6 wants to hear that node10 is on its way out; TypeScript 5 does not know the word.
  const node10Options = typescript.includes('6') ? { ignoreDeprecations: '6.0' } : {};
  const optionsOf = ({ moduleResolution }: Compilation): Readonly<Record<string, unknown>> =>
    moduleResolution === 'node10' ? node10Options : {};
  // Jest's own modules are CommonJS in that mode, and it can't require() a Nest that is ES modules only.
  const jestTypes = COMPILATIONS.filter(
    ({ name }) => name === 'esm-nodenext' || (name === 'commonjs-nodenext' && nest < 12),
  );

  describe(`Nest ${nest} with no optional peer`, () => {
    const consumer = new Consumer(`nest-${nest}`, dependencies);

    beforeAll(() => consumer.install());
    afterAll(() => rm(consumer.folder, { recursive: true, force: true }));

    it('installs without anything that is optional', async () => {
      const installed = await consumer.installed();

      expect(installed).toContain('nestjs-hirefire');
      expect([...installed].filter((name) => /bull|ioredis|redis/.test(name))).toEqual([]);
    });

    describe.each(COMPILATIONS)('$name', ({ name, ...compilation }) => {
      it('compiles an app, and the types of the root entry', async () => {
        await consumer.addProject(name, 'app', compilation, optionsOf(compilation));

        await expect(consumer.compile(name)).resolves.toEqual([]);
      });

      it('serves HireFire', async () => {
        const printed: unknown = JSON.parse(await consumer.run(name, 'main.js'));

        const info = { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(NUMBERS) };
        expect(printed).toEqual({
          '/hirefire/test': { status: 200, type: 'text/html; charset=utf-8', body: 'HireFire Middleware Found!' },
          '/hirefire/development/info': info,
          '/measured': { ...info, body: JSON.stringify(NUMBERS.map((number) => number.name)) },
          '/hirefire/from-a-factory/info': info,
          '/hirefire/from-a-class/info': info,
        });
      });
    });

    it('compiles with the oldest TypeScript of the README', async () => {
      await expect(consumer.compile('esm-nodenext', 'node_modules/typescript-4.9')).resolves.toEqual([]);
    });

    it('completes options in an editor', async () => {
      await expect(consumer.completions('esm-nodenext')).resolves.toEqual(COMPLETIONS);
    });

    it('gives require() the CommonJS copy and import the ES module copy, with the same exports', async () => {
      const required = await consumer.evaluate(
        'commonjs',
        `console.log(JSON.stringify([require.resolve('nestjs-hirefire'), Object.keys(require('nestjs-hirefire')).sort()]))`,
      );
      const imported = await consumer.evaluate(
        'module',
        `console.log(JSON.stringify([import.meta.resolve('nestjs-hirefire'), Object.keys(await import('nestjs-hirefire'))]))`,
      );

      const installed = join(consumer.folder, 'node_modules/nestjs-hirefire');
      expect(JSON.parse(required)).toEqual([join(installed, 'dist/cjs/index.js'), ROOT_EXPORTS]);
      expect(JSON.parse(imported)).toEqual([pathToFileURL(join(installed, 'dist/esm/index.js')).href, ROOT_EXPORTS]);
    });

    it.each(
      [...BACKENDS, ...SIBLINGS].flatMap((backend) =>
        (['commonjs', 'module'] as const).map((type) => ({ ...backend, type })),
      ),
    )(
      'loads nestjs-hirefire/$entry without $library, and says what is missing when it is used: $type',
      async ({ entry, baseClass, type }) => {
        const load = type === 'module' ? 'await import' : 'require';
        const printed = await consumer.evaluate(
          type,
          `const { ${baseClass} } = ${load}('nestjs-hirefire/${entry}');
           class WorkerProc extends ${baseClass} {}
           try { new WorkerProc(undefined); } catch (error) { console.log(error.name, error.message); }`,
        );

        expect(printed).toMatch(/^HireFireConfigError .*WorkerProc/);
      },
    );

    it.each(jestTypes)('runs a unit test of the app in Jest: $name', async ({ name, type }) => {
      await expect(consumer.jest(name, type)).resolves.toContain('1 passed, 1 total');
    });

    it('lets procs of one copy be found by the module of the other', async () => {
      await consumer.addProject('interplay', 'interplay', {
        type: 'commonjs',
        module: 'nodenext',
        moduleResolution: 'nodenext',
      });
      // TypeScript 5.1 does not allow what Node does: to require() an ES module.
      await expect(consumer.compile('interplay', resolve('node_modules/typescript'))).resolves.toEqual([]);

      const measured = [
        { name: 'cjs', quantity: 1, value: 1 },
        { name: 'cjs-queue', quantity: 2, value: 2 },
        { name: 'esm', quantity: 1, value: 1 },
        { name: 'esm-queue', quantity: 2, value: 2 },
      ];
      for (const app of ['app.mjs', 'app.cjs']) {
        const printed: unknown = JSON.parse(await consumer.run('interplay', app));
        expect({ app, printed }).toEqual({ app, printed: { isOwnCopy: true, isOtherCopy: false, measured } });
      }
    });
  });

  describe.each(BACKENDS)(`Nest ${nest} with $library`, ({ entry, dependencies: backend }) => {
    const packages = backend(nest);
    const consumer = new Consumer(`nest-${nest}-${entry}`, { ...dependencies, ...packages });

    beforeAll(() => consumer.install());
    afterAll(async () => {
      await TestDatabase.closeAll();
      await rm(consumer.folder, { recursive: true, force: true });
    });

    it('installs with every peer met', async () => {
      const installed = await consumer.installed();

      expect([...installed]).toEqual(expect.arrayContaining(['nestjs-hirefire', ...Object.keys(packages)]));
    });

    describe.each(COMPILATIONS)('$name', ({ name, ...compilation }) => {
      it('compiles an app, and the types of both entries', async () => {
        await consumer.addProject(name, entry, compilation, optionsOf(compilation));

        await expect(consumer.compile(name)).resolves.toEqual([]);
      });

      it('serves the exact numbers of its queues', async () => {
        const prefix = `nestjs-hirefire-package-${entry}-${nest}-${name}-${process.pid}`;
        const { url = '' } = entry === 'pg-boss' ? await TestDatabase.create() : {};
        const printed: unknown = JSON.parse(
          await consumer.run(name, 'main.js', { BULL_PREFIX: prefix, DATABASE_URL: url }),
        );

        // A job that was added a minute ago, within some seconds.
        const age: unknown = expect.closeTo(63, -1);
        expect(printed).toEqual([
          { name: 'backlog', quantity: age, value: age },
          { name: 'idle', quantity: 0, value: 0 },
          { name: 'lean', quantity: 4, value: 4 },
          { name: 'worker', quantity: 5, value: 5 },
        ]);
      });
    });

    it('compiles with the oldest TypeScript of the README', async () => {
      await expect(consumer.compile('esm-nodenext', 'node_modules/typescript-4.9')).resolves.toEqual([]);
    });

    it.each(jestTypes)('runs a unit test of the app in Jest: $name', async ({ name, type }) => {
      await expect(consumer.jest(name, type)).resolves.toContain('2 passed, 2 total');
    });
  });
}
