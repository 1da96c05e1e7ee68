/** The process in which the functions are called: reports time or bytes per call, whichever its argument names. */
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, Server, type IncomingMessage } from 'node:http';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Module, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HireFireModule } from 'nestjs-hirefire';
import { report } from '../support/child.js';
import { Load } from '../support/load.js';
import { portOf } from '../support/ports.js';
import { measureInRounds } from '../support/rounds.js';
import { FUNCTIONS, type FunctionName } from './function.js';
import { requestText } from './requests.js';

type Listener = (request: IncomingMessage) => void;

/** Calls in one go: so few that their requests stay in the processor's cache, as one that has just been read does. */
const BATCH = 250;
/** As many as the buffer keeps of a second before it begins to sample. */
const CALLS_PER_SECOND = 4_000;
/** As many as the buffer keeps. */
const SECONDS_KEPT = 62;
const SECONDS_PER_TURN = 25;
const CALLS_PER_TURN = SECONDS_PER_TURN * CALLS_PER_SECOND;

const HEADER = 'x-request-start';

/** Reads the header, parses it and pushes to an array. */
class Floor {
  #queueTimes: number[] = [];
  readonly #seconds: number[][] = [];

  readonly listener: Listener = (request) => {
    this.#queueTimes.push(Date.now() - Number(request.headers[HEADER]));
  };

  nextSecond(): void {
    this.#seconds.push(this.#queueTimes);
    this.#queueTimes = [];
    if (this.#seconds.length > SECONDS_KEPT) {
      this.#seconds.shift();
    }
  }
}

const doNothing: Listener = () => undefined;

/** Calls the functions with requests that were really received, at a clock of its own. */
class Calls {
  readonly #floor = new Floor();
  readonly #digits = Buffer.alloc(13);
  #clockShift = 0;

  constructor(
    private readonly requests: readonly IncomingMessage[],
    private readonly ours: Listener,
  ) {
    // All calls of a second take a fraction of one, so the clock is moved on by hand, for whoever asks it.
    const realNow = Date.now;
    Date.now = () => realNow() + this.#clockShift;
  }

  listener(name: FunctionName): Listener {
    switch (name) {
      case 'empty':
        return doNothing;
      case 'floor':
      case 'floorAgain':
        return this.#floor.listener;
      case 'ours':
        return this.ours;
    }
  }

  /** @returns nanoseconds of CPU time per call: whoever else wants the processor takes nothing of it */
  timeOf(listener: Listener): number {
    let microseconds = 0;
    for (let call = 0; call < CALLS_PER_TURN; call += BATCH) {
      if (call % CALLS_PER_SECOND === 0) {
        this.#nextSecond();
      }
      this.#renewHeaders(this.#freshHeaders(BATCH));
      const start = process.cpuUsage();
      this.requests.forEach(listener);
      const { user, system } = process.cpuUsage(start);
      microseconds += user + system;
    }
    return (microseconds * 1e3) / CALLS_PER_TURN;
  }

  /** @returns bytes per call, of what is still in use as well as of what is garbage already */
  async bytesOf(listener: Listener): Promise<number> {
    const headers = Array.from({ length: CALLS_PER_TURN / BATCH }, () => this.#freshHeaders(BATCH));
    globalThis.gc?.();
    const collections = new Collections();
    const before = process.memoryUsage().heapUsed;
    headers.forEach((batch, place) => {
      if ((place * BATCH) % CALLS_PER_SECOND === 0) {
        this.#nextSecond();
      }
      this.#renewHeaders(batch);
      this.requests.forEach(listener);
    });
    const bytes = process.memoryUsage().heapUsed - before;
    await collections.refuse();
    return bytes / CALLS_PER_TURN;
  }

  #nextSecond(): void {
    this.#clockShift += 1_000;
    this.#floor.nextSecond();
  }

  #renewHeaders(headers: readonly string[]): void {
    this.requests.forEach((request, place) => {
      request.headers[HEADER] = headers[place];
    });
  }

  /** Strings that no one has parsed before, made from bytes as Node makes those of a request. */
  #freshHeaders(count: number): string[] {
    const now = Date.now();
    return Array.from({ length: count }, (_, place) => {
      this.#digits.write(`${now - (place % 64)}`);
      return this.#digits.toString('latin1');
    });
  }
}

/** Looks out for garbage collections, which take away what is to be counted. */
class Collections {
  #isForcedSeen = false;
  #count = 0;
  readonly #observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as { detail?: { flags?: number } }[]) {
      if (detail?.flags === constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) {
        this.#isForcedSeen = true;
      } else {
        this.#count += 1;
      }
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** @throws Error when there was one */
  async refuse(): Promise<void> {
    // They are told of late, but in order: after this one there is none to come.
    globalThis.gc?.();
    while (!this.#isForcedSeen) {
      await setImmediate();
    }
    this.#observer.disconnect();
    if (this.#count > 0) {
      throw new Error('garbage was collected while bytes were counted');
    }
  }
}

const SILENT: Pick<NestApplicationOptions, 'logger'> = { logger: false };

/** The listener that the module puts in front of the app's own. */
async function ourListener(): Promise<Listener> {
  @Module({ imports: [HireFireModule.forRoot({ token: 'bench', web: { url: 'http://127.0.0.1:9/' } })] })
  class AppModule {}

  const app = await NestFactory.create(AppModule, SILENT);
  await app.init();
  const server: unknown = app.getHttpServer();
  const [first, ...others] = server instanceof Server ? server.listeners('request') : [];
  if (!isListener(first) || others.length !== 1) {
    throw new Error('the server should have two listeners, ours and that of the app');
  }
  return first;
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'function';
}

/** Requests as a server gets them. Their headers are parsed already, as they are in any app that looks at one of them. */
async function receivedRequests(count: number): Promise<IncomingMessage[]> {
  const received: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    if (request.headers[HEADER] !== undefined) {
      received.push(request);
    }
    response.setHeader('Content-Length', 0).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const load = await Load.connect(portOf(server), 1, requestText);
  await load.send(count);
  load.close();
  server.close();
  return received;
}

const [, , unit, rounds] = process.argv;
const calls = new Calls(await receivedRequests(BATCH), await ourListener());
report(
  await measureInRounds(
    FUNCTIONS,
    (name) => (unit === 'bytes' ? calls.bytesOf(calls.listener(name)) : calls.timeOf(calls.listener(name))),
    { rounds: Number(rounds), warmUps: 5 },
  ),
);
process.disconnect();
