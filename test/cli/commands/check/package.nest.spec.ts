/** `check`, on apps that have this package. */
import type { INestApplication } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HireFireProc } from '../../../../lib/index.js';
import { RESOURCE } from '../../../../lib/hirefire.protocol.js';
import { ADAPTERS, startHost } from '../../../support/http-hosts.js';
import { TOKEN } from '../../support/servers.js';
import { findingsOf, troublesOf } from './checked.js';

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 3;
  }
}

@HireFireProc('urgent', { metric: 'latency' })
class UrgentProc {
  quantity(): number {
    return 1;
  }

  latency(): number {
    return 0.25;
  }
}

@HireFireProc('broken')
class BrokenProc {
  quantity(): never {
    throw new Error(`no Redis at redis://:${TOKEN}@example.com`);
  }
}

describe.each(ADAPTERS)('check, on an app with this package on %s', (adapter) => {
  let app: INestApplication | undefined;

  afterEach(() => app?.close());

  async function start(...providers: (new () => object)[]): Promise<string> {
    app = await startHost({ name: 'a plain app' }, adapter, { token: TOKEN }, { parts: { providers } });
    return app.getUrl();
  }

  it('finds nothing to say', async () => {
    const url = await start(WorkerProc, UrgentProc);
    const findings = await findingsOf(url, { procfile: 'web: x\nworker: y\nurgent: z' });
    expect(troublesOf(findings)).toEqual({ procfile: 'ok' });
    expect(findings.shape.message).toBe('urgent 0.25, worker 3');
    expect(findings.agent.message).toBe(RESOURCE);
  });

  it('shows the reason of a 503', async () => {
    const findings = await findingsOf(await start(WorkerProc, BrokenProc));
    expect(findings['info-header']).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/^503, the app can't measure: broken: /),
    });
    expect(findings['wrong-token'].status).toBe('ok');
    expect(JSON.stringify(findings)).not.toContain(TOKEN);
  });

  it('recognises another token', async () => {
    const findings = await findingsOf(await start(WorkerProc), { token: 'another' });
    expect(findings['info-header'].message).toMatch(/^404, although the app has an agent: compare the token/);
    expect(findings.test.status).toBe('ok');
  });
});

describe.each(ADAPTERS)('check, on an app without this package on %s', (adapter) => {
  it('names the 404 of the framework', async () => {
    const app = await startHost({ name: 'a plain app' }, adapter, 'none');
    try {
      const { test } = await findingsOf(await app.getUrl());
      expect(test).toMatchObject({
        status: 'fail',
        message: expect.stringMatching(/^Nest's 404: import HireFireModule\.forRoot\(\) in the app's root module/),
      });
    } finally {
      await app.close();
    }
  });
});
