/** Calls that drainOnShutdown() refuses, and those that it warns of. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { hostname } from 'node:os';
import { HireFireConfigError } from '../../lib/index.js';
import { drainOnShutdown, type DrainOptions } from '../../lib/worker/index.js';
import { resolveDrainOptions } from '../../lib/worker/drain-options.js';

@Module({})
class EmptyModule {}

let app: INestApplicationContext;

async function create(): Promise<INestApplicationContext> {
  app = await NestFactory.createApplicationContext(EmptyModule, { logger: false });
  return app;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

afterEach(async () => {
  await app.close();
  // Warnings come a moment after the call.
  await tick();
  jest.restoreAllMocks();
});

describe('options', () => {
  it.each<[unknown, string]>([
    [null, 'the options must be an object, such as { grace: 20 }, but they are null'],
    [{ grace: -1 }, 'the option "grace" must be a number of seconds from 0 to 2000000, but it is -1'],
    [{ grace: NaN }, 'the option "grace" must be a number of seconds from 0 to 2000000, but it is NaN'],
    [{ grace: '24' }, `the option "grace" must be a number of seconds from 0 to 2000000, but it is '24'`],
    [{ name: ' ' }, `the option "name" must be a name, such as 'worker.1', but it is ' '`],
    [{ workers: {} }, 'the option "workers" must be a list of workers, such as [worker], but it is {}'],
    [{ workers: [1] }, 'the option "workers" must be a list of workers, such as [worker], but it is [ 1 ]'],
    [
      { workers: [{}] },
      "workers[0] is neither a Worker of BullMQ nor a Queue of Bull, but {}. Give it what the library's constructor has made",
    ],
    [{ timeout: 1 }, 'there is no option "timeout", only grace, name, workers. Remove it or correct its name'],
  ])('refuses %p', async (options, message) => {
    const context = await create();

    expect(() => drainOnShutdown(context, options as DrainOptions)).toThrow(
      new HireFireConfigError(`drainOnShutdown: ${message}.`),
    );
  });

  it('names workers after the dyno, else after the host', () => {
    expect(resolveDrainOptions({}, { DYNO: 'worker.3' })).toEqual({ grace: 24, name: 'worker.3', workers: [] });
    expect(resolveDrainOptions({}, {})).toEqual({ grace: 24, name: hostname(), workers: [] });
    expect(resolveDrainOptions({}, { DYNO: ' ' })).toEqual({ grace: 24, name: hostname(), workers: [] });
  });
});

describe('calls', () => {
  it('refuses a second one for an app, and takes none after a bad option', async () => {
    const context = await create();

    expect(() => drainOnShutdown(context, { grace: -1 })).toThrow(HireFireConfigError);
    drainOnShutdown(context);
    expect(() => drainOnShutdown(context)).toThrow(
      new HireFireConfigError('drainOnShutdown() was called twice for one app. Remove one of the calls.'),
    );
  });

  it('warns of an app without a worker', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    drainOnShutdown(await create());
    await tick();

    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^drainOnShutdown\(\) has found no worker\. /)]]);
  });

  it.each([
    [25, 'worker.1', 0],
    [26, 'worker.1', 1],
    [24_000, '', 0],
  ])('a grace of %d seconds in the dyno "%s": %d warnings', async (grace, dyno, warnings) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    jest.replaceProperty(process, 'env', { ...process.env, DYNO: dyno });
    drainOnShutdown(await create(), { grace });
    await tick();

    const text =
      `drainOnShutdown() has a grace of ${grace} seconds, but Heroku kills a dyno 30 seconds after the signal, with the jobs that still ` +
      `run. Lower it to 25 at most.`;
    expect(warn.mock.calls.flat().filter((line) => line === text)).toHaveLength(warnings);
  });

  it('listens to no signal once the app is closed', async () => {
    const before = process.listenerCount('SIGTERM');
    const context = await create();
    drainOnShutdown(context);
    const during = process.listenerCount('SIGTERM');
    await context.close();
    await tick();

    expect({ during, after: process.listenerCount('SIGTERM') }).toEqual({ during: before + 1, after: before });
  });
});
