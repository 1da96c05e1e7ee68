/** The jobs of a worker process of the tests, and the app around them. */
import {
  Injectable,
  type BeforeApplicationShutdown,
  type INestApplicationContext,
  type OnModuleDestroy,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { syncBuiltinESMExports } from 'node:module';
import timers, { setTimeout } from 'node:timers/promises';
import { FreePorts } from '../../cli/heroku/free-ports.js';
import { drainOnShutdown, type DrainOptions } from '../../lib/worker/index.js';
import type { ToParent, ToWorker, WorkerTask } from './worker-process.js';

export const task = JSON.parse(process.argv[2] ?? '') as WorkerTask;

let app: INestApplicationContext | undefined;

/** Through npm, as a line. */
function send(message: ToParent): void {
  if (process.send) {
    process.send(message);
  } else {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  }
}

/** Jobs that are to end, and what waits for it. */
const released = new Set<string>();
const waiting = new Map<string, () => void>();

/** Of `performance.now()`, where the test has it. Whole: of a fraction, a second more may be less than a second later. */
let now = Math.floor(performance.now());

process.on('message', (message: ToWorker) => {
  if (message.type === 'pass') {
    now += message.ms;
  } else if (message.type === 'close') {
    void app?.close().then(() => send({ type: 'hook', hook: 'closed' }));
  } else {
    const job = `${message.queue} ${message.id}`;
    released.add(job);
    waiting.get(job)?.();
  }
});

// Its test has ended, or failed.
process.on('disconnect', () => process.exit());

// Through npm.
if (!process.send) {
  process.on('SIGTERM', () => send({ type: 'signal' }));
  // After the next look of the drain, every 20 ms.
  process.on('SIGUSR2', () => globalThis.setTimeout(() => waiting.forEach((go) => go()), 100));
}

if (task.hasOwnTime === true) {
  performance.now = () => now;
  const { setTimeout: later } = timers;
  // Its time-outs alone have a signal.
  timers.setTimeout = (ms, value, options) => later(options?.signal ? 3_600_000 : ms, value, options);
  syncBuiltinESMExports();
}

async function release(job: string): Promise<void> {
  if (!released.has(job)) {
    await new Promise<void>((go) => waiting.set(job, go));
  }
}

/** A job's means in its library. */
interface Means {
  readonly queue: string;
  readonly signal?: AbortSignal | undefined;
  progress(progress: number): Promise<void>;
  add(): Promise<unknown>;
  delay?(): Promise<never>;
}

interface JobOfLibrary {
  readonly id?: string | number | undefined;
  readonly data: unknown;
  readonly attemptsMade: number;
}

export async function work(job: JobOfLibrary, means: Means): Promise<unknown> {
  const { queue, signal } = means;
  const id = String(job.id);
  send({ type: 'started', queue, id });
  signal?.addEventListener('abort', () => send({ type: 'aborted', queue, id }));
  const result = await outcomeOf(job, means);
  send({ type: 'ended', queue, id });
  return result;
}

/** Does what the data of the job says. */
async function outcomeOf(job: JobOfLibrary, { queue, signal, ...means }: Means): Promise<unknown> {
  const id = String(job.id);
  const { how } = job.data as { readonly how: string };
  const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
  switch (how) {
    case 'returns at its signal':
      return aborted;
    case 'throws at its signal':
      return aborted.then(() => Promise.reject(new Error('aborted')));
    case 'fails':
      return release(`${queue} ${id}`).then(() => Promise.reject(new Error('failed by itself')));
    case 'is moved to delayed':
      await release(`${queue} ${id}`);
      return means.delay?.();
    case 'writes':
    case 'writes at its signal':
      await (how === 'writes' ? undefined : aborted);
      for (let written = 1; ; written++) {
        await means.progress(written);
        await setTimeout(5);
      }
    case 'adds a job':
      await release(`${queue} ${id}`);
      await means.add();
      return 'done';
    case 'fails at first':
      if (job.attemptsMade === 0) {
        throw new Error('failed at first');
      }
      return release(`${queue} ${id}`);
    case 'ends':
      return 'done';
    default:
      return release(`${queue} ${id}`);
  }
}

@Injectable()
export class Hooks implements OnModuleDestroy, BeforeApplicationShutdown {
  async onModuleDestroy(): Promise<void> {
    if (task.hangs === true) {
      send({ type: 'hook', hook: 'hangs' });
      await release('hook job');
    }
    send({ type: 'destroyed' });
  }

  beforeApplicationShutdown(signal?: string): void {
    send({ type: 'hook', hook: `beforeApplicationShutdown ${signal ?? ''}` });
  }
}

/** Starts the app as the task says. */
export async function startApp(module: Type, workers: readonly object[]): Promise<INestApplicationContext> {
  app = await createApp(module, { ...task.options, workers });
  if (task.hasSecondApp === true) {
    drainOnShutdown(await NestFactory.createApplicationContext(module), task.options);
  }
  if (task.shutdownHooks === true) {
    app.enableShutdownHooks();
  }
  send({ type: 'ready', url });
  return app;
}

let url = '';

async function createApp(module: Type, options: DrainOptions): Promise<INestApplicationContext> {
  if (task.app === undefined || task.app === 'context') {
    const context = await NestFactory.createApplicationContext(module);
    drainOnShutdown(context, options);
    return context;
  }
  if (task.app === 'microservice') {
    const microservice = await NestFactory.createMicroservice<MicroserviceOptions>(module, await tcp());
    drainOnShutdown(microservice, options);
    await microservice.listen();
    return microservice;
  }
  const http = await NestFactory.create(module);
  if (task.app !== 'after listen') {
    drainOnShutdown(http, options);
  }
  if (task.app === 'hybrid') {
    http.connectMicroservice<MicroserviceOptions>(await tcp());
    await http.startAllMicroservices();
  }
  await http.listen(0, '127.0.0.1');
  if (task.app === 'after listen') {
    drainOnShutdown(http, options);
  }
  url = await http.getUrl();
  return http;
}

/** Loaded by the apps that need it only: it costs a process a sixth of its start. */
async function tcp(): Promise<MicroserviceOptions> {
  const { Transport } = await import('@nestjs/microservices');
  // Nest takes 3000 for port 0.
  const port = await new FreePorts().take();
  return { transport: Transport.TCP, options: { host: '127.0.0.1', port } };
}
