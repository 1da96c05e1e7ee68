/** A Nest app that measures request queue times and dispatches them, in a time that passes only when a test says so. */
import { jest } from '@jest/globals';
import { Module, type INestApplication, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HireFireModule, type HireFireModuleOptions } from '../../lib/index.js';
import { HttpClient } from './http-client.js';
import { RecordingLogger } from './http-logs.js';

export const TOKEN = 'secret-token-of-the-test';

/** The start of every test's epoch clock, in the midst of a second. */
export const START = 1_800_000_000_250;
export const FIRST_SECOND = 1_800_000_000;

@Module({})
class AppModule {}

export class DispatchingApp {
  private constructor(
    private readonly app: INestApplication,
    private readonly client: HttpClient,
    readonly log: RecordingLogger,
  ) {}

  /** To be ended by {@link end} whatever happens. */
  static async start(options: HireFireModuleOptions): Promise<DispatchingApp> {
    jest.useFakeTimers({
      now: START,
      doNotFake: ['hrtime', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval'],
    });
    jest.spyOn(globalThis, 'setTimeout');
    const log = new RecordingLogger();
    const imports = [HireFireModule.forRoot({ token: TOKEN, ...options })];
    const settings: Pick<NestApplicationOptions, 'logger' | 'abortOnError'> = { logger: log, abortOnError: false };
    const app = await NestFactory.create({ module: AppModule, imports }, settings);
    await app.listen(0, '127.0.0.1');
    return new DispatchingApp(app, HttpClient.of(app), log);
  }

  /** One request for each of these queue times, in milliseconds. */
  async measure(...queueTimes: readonly number[]): Promise<void> {
    for (const queueTime of queueTimes) {
      await this.client.get('/', { 'X-Request-Start': `${Date.now() - queueTime}` });
    }
  }

  /** So many requests over few connections, with a queue time of a millisecond. */
  async measureAtOnce(count: number): Promise<void> {
    const headers = { 'X-Request-Start': `${Date.now() - 1}` };
    await this.client.askAll(Array.from({ length: count }, () => ({ path: '/', headers })));
  }

  /** Lets time pass, and with it the timers that are due. */
  pass(seconds: number): void {
    jest.advanceTimersByTime(seconds * 1000);
  }

  /** Sets the epoch clock, which does not make time pass. */
  setClock(epoch: number): void {
    jest.setSystemTime(epoch);
  }

  /** Seconds until the next POST, or until the POST under way is given up; `undefined` if it waits for neither. */
  get waitsFor(): number | undefined {
    const last = jest.mocked(globalThis.setTimeout).mock.calls.at(-1);
    return jest.getTimerCount() > 0 && last ? Number(last[1]) / 1000 : undefined;
  }

  /** Resolves when the POST under way has ended and the next one is `seconds` away. */
  async untilNext(seconds = 1): Promise<void> {
    await until(() => this.waitsFor === seconds);
  }

  /** Resolves when the POST under way has ended and there is nothing to send. */
  async untilIdle(): Promise<void> {
    await until(() => this.waitsFor === undefined);
  }

  /** Resolves when no POST is under way: 5 seconds are the time-out of one, and no pause of the tests. */
  async untilOver(): Promise<void> {
    await until(() => this.waitsFor !== 5);
  }

  close(): Promise<void> {
    return this.app.close();
  }

  async end(): Promise<void> {
    jest.useRealTimers();
    jest.restoreAllMocks();
    this.client.close();
    await this.app.close();
  }
}

/** Looks again after whatever the event loop does next. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise(setImmediate);
  }
}

/** Lets the event loop come round until whatever has been written was read, and whatever can go on without time did. */
export async function untilCalm(): Promise<void> {
  let rounds = 0;
  await until(() => ++rounds > 50);
}
