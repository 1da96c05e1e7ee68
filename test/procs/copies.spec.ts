/** An app and its libraries may load both copies of this package: procs of the one are procs of the other. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from '@jest/globals';

beforeAll(() => {
  for (const copy of ['dist/esm/index.js', 'dist/cjs/index.js']) {
    if (!existsSync(copy)) {
      throw new Error(`${copy} is missing: run \`npm run build\` first.`);
    }
  }
});

const SCRIPT = `
import { createRequire } from 'node:module';
import { NestFactory } from '@nestjs/core';
const require = createRequire(process.cwd() + '/script.js');
const copies = {
  esm: { ...await import('./dist/esm/index.js'), ...await import('./dist/esm/bull/index.js') },
  cjs: { ...require('./dist/cjs/index.js'), ...require('./dist/cjs/bull/index.js') },
};

function mark(copy, type, name, options) {
  copy.HireFireProc(name, options)(type);
  return type;
}

async function refusal(host, guest) {
  const type = mark(guest, class WorkerProc extends guest.BullProc {}, 'worker', { queues: ['mail'] });
  class AppModule {}
  const module = { module: AppModule, imports: [host.HireFireModule.forRoot()], providers: [type] };
  return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false }).catch(({ message }) => message);
}

async function measure(host, guest) {
  const reading = { ready: 1, active: 2, latency: 0.5 };
  const queueProc = (name, options) =>
    mark(guest, class extends guest.QueueProc {
      constructor() { super('queue'); }
      async read() { return [reading]; }
    }, name, options);
  class AppModule {}
  const app = await NestFactory.createApplicationContext({
    module: AppModule,
    imports: [host.HireFireModule.forRoot()],
    providers: [
      mark(guest, class { quantity() { return 7; } }, 'shape'),
      queueProc('size', {}),
      queueProc('skipping', { skipActive: true }),
      queueProc('latency', { metric: 'latency' }),
      mark(host, class { quantity() { return 8; } }, 'own'),
    ],
  }, { logger: false });
  const measured = await app.get(host.HireFireService).measure();
  await app.close();
  return Object.fromEntries(measured.map(({ name, value }) => [name, value]));
}

console.log(JSON.stringify({
  differ: copies.esm.QueueProc !== copies.cjs.QueueProc,
  esmInCjs: await measure(copies.cjs, copies.esm),
  cjsInEsm: await measure(copies.esm, copies.cjs),
  refusals: [await refusal(copies.cjs, copies.esm), await refusal(copies.esm, copies.cjs)],
}));
`;

it('the CommonJS and the ESM copy understand each other', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', SCRIPT]);

  const values = { latency: 0.5, own: 8, shape: 7, size: 3, skipping: 1 };
  const refusal =
    'WorkerProc names the queue "mail", but the app has no such queue of Bull. Register it with BullModule of @nestjs/bull.';
  expect(JSON.parse(stdout)).toEqual({
    differ: true,
    esmInCjs: values,
    cjsInEsm: values,
    refusals: [refusal, refusal],
  });
});
