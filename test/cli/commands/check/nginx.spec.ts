/** `check`, on a good app behind an nginx that does it good or harm. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Nginx } from '../../../../tools/nginx.js';
import { freePort } from '../../../../tools/redis-server.js';
import { agent, closeServers, serve } from '../../support/servers.js';
import { findingsOf, troublesOf, type Findings } from './checked.js';

let nginx: Nginx | undefined;

afterEach(async () => {
  await nginx?.stop();
  nginx = undefined;
  await closeServers();
});

/** @param location - more directives next to `proxy_pass` */
async function findingsBehind(location: string, http = ''): Promise<Findings> {
  const { url } = await serve(agent());
  const port = await freePort();
  nginx = await Nginx.start(
    port,
    `${http} server { listen 127.0.0.1:${port}; location / { ${location} proxy_pass ${url}; } }`,
  );
  return findingsOf(`http://127.0.0.1:${port}`);
}

describe('check, behind nginx', () => {
  it('finds nothing wrong with compression', async () => {
    const http = 'gzip on; gzip_min_length 1; gzip_types application/json; gzip_proxied any;';
    expect(troublesOf(await findingsBehind('', http))).toEqual({});
  });

  it('finds that it redirects to https', async () => {
    const findings = await findingsBehind('return 301 https://$host$request_uri;');
    expect(findings['info-header'].message).toMatch(
      /^a redirect to https: give the https URL, and turn on "ssl" in HireFire/,
    );
    expect(findings.test.status).toBe('fail');
    expect(findings.shape.status).toBe('skip');
  });

  it('finds that browsers and proxies may keep the numbers', async () => {
    const findings = await findingsBehind('expires 60; proxy_hide_header cache-control;');
    expect(troublesOf(findings)).toEqual({ caching: 'warn' });
  });

  it('finds that its cache gives the numbers to anybody', async () => {
    const findings = await findingsBehind(
      'proxy_cache all; proxy_cache_valid 200 60s; proxy_ignore_headers cache-control;',
      'proxy_cache_path cache keys_zone=all:1m;',
    );
    expect(troublesOf(findings)).toEqual({ 'wrong-token': 'fail', 'no-token': 'fail', 'development-token': 'warn' });
  });

  it('finds that the app behind it is away', async () => {
    const port = await freePort();
    nginx = await Nginx.start(
      port,
      `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${await freePort()}; } }`,
    );
    const { reachable, test } = await findingsOf(`http://127.0.0.1:${port}`);
    expect(reachable.status).toBe('ok');
    expect(test).toMatchObject({ status: 'fail', seen: expect.stringMatching(/^502 /) });
    expect(test.message).toMatch(/^nginx's error page: it does not reach the app/);
  });
});
