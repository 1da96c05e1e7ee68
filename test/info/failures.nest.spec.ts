/** HireFire's answer when a proc can't be measured, or the app interferes. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { HireFireProc, HireFireService, type HireFireModuleOptions } from '../../lib/index.js';
import { HttpClient } from '../support/http-client.js';
import { ADAPTERS, startHost, type HttpHost } from '../support/http-hosts.js';
import { RecordingLogger } from '../support/http-logs.js';

const TOKEN = 's3cret-token';
const INFO = `/hirefire/${TOKEN}/info`;

const HEADERS = {
  'cache-control': 'must-revalidate, private, max-age=0',
  'content-type': 'application/json; charset=utf-8',
  'hirefire-resource': 'NestJS-1.0.0',
};

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 4;
  }
}

@HireFireProc('broken')
class BrokenProc {
  error: Error | undefined = new Error(`redis://user:hunter2@broker:6379 refused ${TOKEN}`);

  quantity(): Promise<number> {
    return this.error ? Promise.reject(this.error) : Promise.resolve(0);
  }
}

@HireFireProc('absurd', { metric: 'latency' })
class AbsurdProc {
  latency(): number {
    return Number.NaN;
  }
}

let app: INestApplication;
let client: HttpClient;

afterEach(async () => {
  client.close();
  await app.close();
});

describe.each(ADAPTERS)('a poll that fails on %s', (adapter) => {
  const start = async (
    providers: (new () => object)[],
    options: HireFireModuleOptions = {},
    host: HttpHost = { name: 'a plain app' },
    logger = new RecordingLogger(),
  ): Promise<RecordingLogger> => {
    app = await startHost(host, adapter, { token: TOKEN, ...options }, { parts: { providers }, logger });
    client = HttpClient.of(app);
    return logger;
  };

  it('is a 503 that names each proc at fault, and nothing secret', async () => {
    const logger = await start([WorkerProc, BrokenProc, AbsurdProc]);
    for (const path of [INFO, `${INFO}/`, `${INFO}?x`]) {
      const answer = await client.get(path, { 'If-None-Match': '*' });
      expect(answer).toMatchObject({ status: 503, headers: HEADERS });
      const body: unknown = JSON.parse(answer.body);
      expect(body).toEqual({
        errors: [
          { name: 'absurd', message: expect.stringContaining('NaN') },
          { name: 'broken', message: "Error: see the app's log" },
        ],
      });
      expect(answer.body).not.toMatch(/hunter2|s3cret|at .*\.ts/);
    }
    expect(await client.ask({ path: INFO, method: 'HEAD' })).toMatchObject({ status: 503, headers: HEADERS, body: '' });
    expect(logger.toString()).toContain('The proc "broken" could not be measured');
    expect(logger.toString()).not.toMatch(/hunter2|s3cret/);
  });

  it('is followed by one that succeeds', async () => {
    await start([BrokenProc]);
    expect(await client.get(INFO)).toMatchObject({ status: 503 });
    app.get(BrokenProc).error = undefined;
    expect(await client.get(INFO)).toMatchObject({
      status: 200,
      headers: HEADERS,
      body: '[{"name":"broken","quantity":0,"value":0}]',
    });
  });

  it(`leaves the proc out with onError: 'omit'`, async () => {
    await start([WorkerProc, BrokenProc, AbsurdProc], { onError: 'omit' });
    expect(await client.get(INFO)).toMatchObject({
      status: 200,
      headers: HEADERS,
      body: '[{"name":"worker","quantity":4,"value":4}]',
    });
  });

  it(`is a 503 with onError: 'omit' too when every proc failed`, async () => {
    await start([BrokenProc, AbsurdProc], { onError: 'omit' });
    const { status, body } = await client.get(INFO);
    expect(status).toBe(503);
    expect(body).toMatch(/^\{"errors":\[\{"name":"absurd",.*\},\{"name":"broken",.*\}\]\}$/);
  });

  it('has its whole message in the error of the service', async () => {
    await start([BrokenProc]);
    const error: unknown = await app
      .get(HireFireService)
      .measure()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ errors: [{ name: 'broken', message: 'redis://***@broker:6379 refused ***' }] });
  });

  it('stays quiet when the app has answered before', async () => {
    let settle: ((quantity: number) => void) | undefined;
    let answer = (): void => undefined;

    @HireFireProc('slow')
    class SlowProc {
      quantity(): Promise<number> {
        answer();
        return new Promise((resolve) => (settle = resolve));
      }
    }

    const logger = await start(
      [SlowProc],
      {},
      {
        name: 'its own time-out',
        setUp: (created) =>
          void created.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
            if (request.url === INFO) {
              answer = () => void response.writeHead(500).end('busy');
            }
            next();
          }),
      },
    );
    expect(await client.get(INFO)).toMatchObject({ status: 500 });
    const linesBefore = logger.lines.length;
    settle?.(1);
    expect(await app.get(HireFireService).measure()).toEqual([{ name: 'slow', quantity: 1, value: 1 }]);
    expect(await client.get('/elsewhere')).toMatchObject({ status: 404 });
    expect(logger.lines.slice(linesBefore)).toEqual([]);
  });
});
