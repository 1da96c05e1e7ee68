/** API.md's endpoints, word for word, in every app of the table and on both adapters. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { INestApplication } from '@nestjs/common';
import { HireFireProc, type HireFireModuleOptions } from '../../lib/index.js';
import { HttpClient, type Question } from '../support/http-client.js';
import { ADAPTERS, hostsOf, startHost } from '../support/http-hosts.js';

const TOKEN = 'aB3-token';
const WRONG = 'ab3-token';

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 2.1;
  }
}

@HireFireProc('Mailer', { metric: 'latency' })
class MailerProc {
  latency(): Promise<number> {
    return Promise.resolve(1.23456);
  }
}

const NUMBERS = '[{"name":"Mailer","quantity":1.235,"value":1.235},{"name":"worker","quantity":3,"value":3}]';

const HIREFIRE_HEADERS = {
  'cache-control': 'must-revalidate, private, max-age=0',
  'hirefire-resource': 'NestJS-0.1.0',
};

const NUMBERS_HEADERS = {
  ...HIREFIRE_HEADERS,
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(NUMBERS.length),
};

const TEST_HEADERS = { ...HIREFIRE_HEADERS, 'content-type': 'text/html; charset=utf-8', 'content-length': '26' };

const byHeader = (token: string): OutgoingHttpHeaders => ({ 'HireFire-Token': token });

/** Every request that the numbers answer, whatever it looks like. */
const POLLS: readonly Question[] = [
  { path: `/hirefire/${TOKEN}/info` },
  { path: `/hirefire/${TOKEN}/info/` },
  { path: `/hirefire/${TOKEN}/info?cache=1&token=x` },
  { path: `/hirefire/${TOKEN}/info/?a[]=1&a[]=%ZZ` },
  { path: `/hirefire/%61B3%2Dtoken/info` },
  { path: `/hirefire/${TOKEN}/info`, headers: { 'If-None-Match': '*' } },
  { path: `/hirefire/${TOKEN}/info`, headers: { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' } },
  { path: `/hirefire/${TOKEN}/info`, headers: { Accept: 'text/plain', 'X-Api-Version': '7' } },
  { path: `/hirefire/${TOKEN}/info`, headers: { Accept: 'application/json;v=7', Origin: 'https://example.com' } },
  { path: '/hirefire', headers: byHeader(TOKEN) },
  { path: '/hirefire/', headers: byHeader(TOKEN) },
  { path: '/hirefire?x=1', headers: byHeader(TOKEN) },
  { path: '/hirefire', headers: { ...byHeader(TOKEN), 'If-None-Match': '*' } },
];

/** Fastify answers 400 to any path that can't be decoded, be it known or not. */
const UNDECODABLE: readonly Question[] = [
  { path: '/hirefire/%ZZ/info' },
  { path: '/hirefire/%FF/info?x=%ZZ' },
  { path: '/hirefire/a%/info/' },
];

/** Requests that must look like one for a path that does not exist. */
const REFUSED: readonly Question[] = [
  ...UNDECODABLE,
  { path: `/hirefire/${WRONG}/info` },
  { path: `/hirefire/${WRONG}/info/` },
  { path: `/hirefire/${WRONG}/info?x=1` },
  { path: `/hirefire/${TOKEN.toUpperCase()}/info` },
  { path: `/hirefire/${TOKEN}%20/info` },
  { path: '/hirefire/development/info' },
  { path: '/hirefire' },
  { path: '/hirefire/' },
  { path: '/hirefire', headers: byHeader('') },
  { path: '/hirefire', headers: { 'HireFire-Token': [TOKEN, TOKEN] } },
  { path: `/hirefire?token=${TOKEN}` },
  { path: `/hirefire/${WRONG}/info`, headers: { Accept: 'text/html', Origin: 'https://example.com' } },
  { path: `/hirefire/${WRONG}/info`, headers: { 'If-None-Match': '"x"', 'X-Api-Version': '1' } },
  { path: '/hirefire', headers: byHeader(WRONG) },
];

/** Requests that are not HireFire's, though they look like it. */
const OTHERS: readonly Question[] = [
  { path: `/hirefire/${TOKEN}` },
  { path: `/hirefire/${TOKEN}/infos` },
  { path: `/hirefire/${TOKEN}/info/more` },
  { path: '/hirefires' },
  { path: `/api/hirefire/${TOKEN}/info` },
  { path: '/v1/hirefire/test' },
  { path: `/hirefire/${TOKEN}/info`, method: 'POST' },
  { path: `/hirefire/${WRONG}/info`, method: 'POST' },
  { path: '/hirefire', method: 'POST', headers: byHeader(TOKEN) },
  { path: '/hirefire', method: 'PUT', headers: byHeader(WRONG) },
  { path: `/hirefire/${TOKEN}/info`, method: 'DELETE' },
  { path: '/hirefire', method: 'PATCH' },
];

describe.each(ADAPTERS)('the endpoints on %s', (adapter) => {
  describe.each(hostsOf(adapter))('in an app with $name', (host) => {
    const apps: INestApplication[] = [];
    let client: HttpClient;
    /** Asks the same app without HireFire, and without a filter of its own. */
    let strangers: HttpClient;

    beforeAll(async () => {
      const parts = { providers: [WorkerProc, MailerProc] };
      const start = async (hireFire: HireFireModuleOptions | 'none'): Promise<HttpClient> => {
        const app = await startHost(host, adapter, hireFire, { parts });
        apps.push(app);
        return HttpClient.of(app);
      };
      client = await start({ token: TOKEN });
      strangers = await start('none');
    });

    afterAll(async () => {
      await Promise.all(apps.map((app) => app.close()));
    });

    it('tell HireFire that the agent is there', async () => {
      for (const path of ['/hirefire/test', '/hirefire/test/', '/hirefire/test?x=1', '/hirefire/test/?x=%ZZ']) {
        const answer = await client.get(path);
        expect(answer).toMatchObject({ status: 200, headers: TEST_HEADERS, body: 'HireFire Middleware Found!' });
      }
    });

    it('give the numbers to who knows the token', async () => {
      for (const question of POLLS) {
        const answer = await client.ask(question);
        expect({ question, ...answer }).toMatchObject({ status: 200, headers: NUMBERS_HEADERS, body: NUMBERS });
      }
    });

    it('give the same numbers compressed', async () => {
      const { status, headers, body } = await client.get(`/hirefire/${TOKEN}/info`, { 'Accept-Encoding': 'gzip' });
      const content = Buffer.from(body, 'latin1');
      expect(status).toBe(200);
      expect(headers['content-encoding']).toBe(host.name === 'compression' ? 'gzip' : undefined);
      expect((host.name === 'compression' ? gunzipSync(content) : content).toString()).toBe(NUMBERS);
    });

    it('answer HEAD as GET, without the body', async () => {
      for (const question of [
        { path: '/hirefire/test' },
        { path: '/hirefire/test/' },
        ...POLLS.slice(0, 2),
        ...POLLS.slice(-4),
      ]) {
        expect(await client.ask({ ...question, method: 'HEAD' })).toEqual({
          ...(await client.ask(question)),
          body: '',
        });
      }
    });

    it('answer a wrong or missing token like a path that does not exist', async () => {
      for (const question of [...REFUSED, ...REFUSED.slice(-3).map((asked) => ({ ...asked, method: 'HEAD' }))]) {
        const answer = await client.ask(question);
        if (!(host.decodesPaths === true && UNDECODABLE.includes(question))) {
          expect({ question, ...answer }).toEqual({ question, ...(await strangers.ask(question)) });
        }
        expect(answer.status).toBe(adapter === 'Fastify' && UNDECODABLE.includes(question) ? 400 : 404);
      }
    });

    it('leave every other path and method to the app', async () => {
      for (const question of OTHERS) {
        const answer = await client.ask(question);
        expect(answer.status).not.toBe(200);
        // A filter of the app changes what other paths get.
        if (host.interference === undefined) {
          expect({ question, ...answer }).toEqual({ question, ...(await strangers.ask(question)) });
        }
      }
    });
  });
});
