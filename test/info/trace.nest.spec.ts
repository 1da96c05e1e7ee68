/** `GET /hirefire/:token/trace`: off by default; the same failures and headers as the numbers. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { HireFireProc, MeasureFailure, type HireFireModuleOptions } from '../../lib/index.js';
import { HISTORY, type QueueHistory } from '../../lib/procs/trace.js';
import { HttpClient } from '../support/http-client.js';
import { ADAPTERS, startHost } from '../support/http-hosts.js';

const TOKEN = 's3cret-token';
const BY_HEADER = { 'HireFire-Token': TOKEN };
const TRACE = `/hirefire/${TOKEN}/trace`;
const START = Date.parse('2026-11-29T10:00:00Z');

const HEADERS = {
  'cache-control': 'must-revalidate, private, max-age=0',
  'content-type': 'application/json; charset=utf-8',
  'hirefire-resource': 'NestJS-1.0.0',
};

const BODY =
  '{"version":1,"startedAt":"2026-11-29T10:00:00.000Z","seconds":11400,' +
  '"processes":{"reports":null,"worker":{"jobs":[[12.034,41.2]],"waiting":3,"dropped":0}}}';

@HireFireProc('reports')
class ReportsProc {
  quantity(): number {
    return 0;
  }
}

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 0;
  }

  [HISTORY](): Promise<readonly QueueHistory[]> {
    return Promise.resolve([
      {
        now: START + 11_400_000,
        first: START,
        isCut: true,
        runs: [{ ready: START + 12_034, started: START + 13_000, ended: START + 54_200, isWhole: true }],
        waits: [{ ready: -Infinity, left: Infinity, jobs: 3 }],
      },
    ]);
  }
}

@HireFireProc('broken')
class BrokenProc {
  quantity(): number {
    return 0;
  }

  [HISTORY](): Promise<readonly QueueHistory[]> {
    return Promise.reject(new MeasureFailure('Redis is away'));
  }
}

let app: INestApplication;
let client: HttpClient;
afterEach(async () => {
  client.close();
  await app.close();
});

describe.each(ADAPTERS)('the trace on %s', (adapter) => {
  const start = async (providers: (new () => object)[], options: HireFireModuleOptions = {}): Promise<void> => {
    app = await startHost({ name: 'a plain app' }, adapter, { token: TOKEN, ...options }, { parts: { providers } });
    client = HttpClient.of(app);
  };

  it('answers by path and by header', async () => {
    await start([WorkerProc, ReportsProc], { trace: true });

    for (const path of [TRACE, `${TRACE}/?x=1`, '/hirefire/trace', '/hirefire/trace/']) {
      expect(await client.get(path, BY_HEADER)).toMatchObject({ status: 200, headers: HEADERS, body: BODY });
    }
    expect(await client.ask({ path: TRACE, method: 'HEAD' })).toMatchObject({
      status: 200,
      headers: { ...HEADERS, 'content-length': String(BODY.length) },
      body: '',
    });
  });

  it('is a 404 without the token', async () => {
    await start([WorkerProc], { trace: true });

    for (const path of ['/hirefire/wrong/trace', '/hirefire/trace']) {
      expect(await client.get(path)).toMatchObject({
        status: 404,
        body: `{"message":"Cannot GET ${path}","error":"Not Found","statusCode":404}`,
      });
    }
  });

  it("is left to the app's routes when it is off", async () => {
    await start([WorkerProc]);

    for (const path of [TRACE, '/hirefire/trace']) {
      const { status, headers } = await client.get(path, BY_HEADER);
      expect(status).toBe(404);
      expect(headers).not.toHaveProperty('hirefire-resource');
    }
  });

  it('fails as the numbers do', async () => {
    await start([WorkerProc, BrokenProc], { trace: true });

    expect(await client.get(TRACE)).toMatchObject({
      status: 503,
      headers: HEADERS,
      body: '{"errors":[{"name":"broken","message":"Redis is away"}]}',
    });
    expect(await client.get(`/hirefire/${TOKEN}/info`)).toMatchObject({ status: 200 });
  });

  it("leaves a failed proc out with onError: 'omit'", async () => {
    await start([WorkerProc, BrokenProc, ReportsProc], { trace: true, onError: 'omit' });

    expect(await client.get(TRACE)).toMatchObject({ status: 200, body: BODY });
  });
});
