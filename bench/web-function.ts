/** What `web: true` runs for each request, alone: ns per call. */
import { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HireFireModule } from 'nestjs-hirefire';
import { compare, type Comparison, type Cost } from './compare.js';
import { WEB } from './web-apps.js';

type Listener = (request: IncomingMessage) => void;

const HEADER = 'x-request-start';
/** So few that they stay in the processor's cache, as a request that was just read does. */
const CALLS = 250;
/** As many as the module keeps of a second before it takes samples. */
const CALLS_PER_SECOND = 4_000;

@Module({ imports: [HireFireModule.forRoot({ token: 'bench', web: { url: 'http://127.0.0.1:9/' } })] })
class AppModule {}

export async function measureFunction(): Promise<Comparison> {
  const requests = Array.from({ length: CALLS }, () => new IncomingMessage(new Socket()));
  const realNow = Date.now;
  let calls = 0;
  const costOf =
    (listener: Listener): Cost =>
    () => {
      calls += CALLS;
      requests.forEach((request, place) => {
        request.url = '/items/42';
        // From bytes, as Node makes it: a string that nobody has parsed before.
        request.headers[HEADER] = Buffer.from(`${Date.now() - (place % 64)}`).toString('latin1');
      });
      const start = process.hrtime.bigint();
      requests.forEach(listener);
      return Number(process.hrtime.bigint() - start) / CALLS;
    };
  let kept: number[] = [];
  const floor: Listener = ({ headers }) => {
    kept = kept.length < CALLS_PER_SECOND ? kept : [];
    kept.push(Date.now() - Number(headers[HEADER]));
  };
  Logger.overrideLogger(false);
  const app = await NestFactory.create(AppModule);
  await app.init();
  // All calls of a second take a fraction of one, so the clock is moved on by hand.
  Date.now = () => realNow() + Math.floor(calls / CALLS_PER_SECOND) * 1_000;
  try {
    const ours = listenerOf(app.getHttpServer());
    return await compare(costOf(floor), { [WEB]: costOf(ours) }, { time: 2_000, warmupTime: 1_000 });
  } finally {
    Date.now = realNow;
    await app.close();
  }
}

/** The listener that the module puts in front of the app's own. */
function listenerOf(server: unknown): Listener {
  const [ours, ...others] = server instanceof Server ? server.listeners('request') : [];
  if (!isListener(ours) || others.length !== 1) {
    throw new Error('the server should have two listeners, ours and that of the app');
  }
  return ours;
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'function';
}
