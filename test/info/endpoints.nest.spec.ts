/** HireFire's endpoints, to the byte, in every app of the table and on both adapters. */
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
  'hirefire-resource': 'NestJS-1.0.0',
};

const NUMBERS_HEADERS = {
  ...HIREFIRE_HEADERS,
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(NUMBERS.length),
};

const TEST_HEADERS = { ...HIREFIRE_HEADERS, 'content-type': 'text/html; charset=utf-8', 'content-length': '26' };

const byHeader = (token: string): OutgoingHttpHeaders => ({ 'HireFire-Token': token });

const TESTS: readonly Question[] = [
  { path: '/hirefire/test' },
  { path: '/hirefire/test/' },
  { path: '/hirefire/test?x=1' },
  { path: '/hirefire/test/?x=%ZZ', headers: { 'If-None-Match': '*' } },
];

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

/** Requests without the token. */
const REFUSED: readonly Question[] = [
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

const UNDECODABLE: readonly Question[] = [
  { path: '/hirefire/%ZZ/info' },
  { path: '/hirefire/%FF/info?x=%ZZ' },
  { path: '/hirefire/a%/info/' },
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
    /** Asks the same app without HireFire and without its filter. */
    let plainApp: HttpClient;

    beforeAll(async () => {
      const parts = { providers: [WorkerProc, MailerProc] };
      const start = async (hireFire: HireFireModuleOptions | 'none'): Promise<HttpClient> => {
        const app = await startHost(host, adapter, hireFire, { parts });
        apps.push(app);
        return HttpClient.of(app);
      };
      client = await start({ token: TOKEN });
      plainApp = await start('none');
    });

    afterAll(async () => {
      await Promise.all(apps.map((app) => app.close()));
    });

    it('show HireFire the agent', async () => {
      const answers = await client.askAll(TESTS);
      expect(answers).toMatchObject(
        TESTS.map((question) => ({ question, status: 200, headers: TEST_HEADERS, body: 'HireFire Middleware Found!' })),
      );
    });

    it('give the numbers to who knows the token', async () => {
      const answers = await client.askAll(POLLS);
      expect(answers).toMatchObject(
        POLLS.map((question) => ({ question, status: 200, headers: NUMBERS_HEADERS, body: NUMBERS })),
      );
    });

    it('give the same numbers compressed', async () => {
      const { status, headers, body } = await client.get(`/hirefire/${TOKEN}/info`, { 'Accept-Encoding': 'gzip' });
      const content = Buffer.from(body, 'latin1');
      expect(status).toBe(200);
      // A plugin of Fastify never sees them.
      const isCompressed = host.name === 'compression' && adapter === 'Express';
      expect(headers['content-encoding']).toBe(isCompressed ? 'gzip' : undefined);
      expect((isCompressed ? gunzipSync(content) : content).toString()).toBe(NUMBERS);
    });

    it('answer HEAD as GET, without the body', async () => {
      const asked = [...TESTS.slice(0, 2), ...POLLS.slice(0, 2), ...POLLS.slice(-2)];
      const questions = asked.map((question) => ({ ...question, method: 'HEAD' }));
      const answers = await client.askAll(asked);
      expect(await client.askAll(questions)).toEqual(
        answers.map((answer, index) => ({ ...answer, question: questions[index], body: '' })),
      );
    });

    it('answer 404 in the words of Nest to a wrong or missing token', async () => {
      expect(await client.askAll(REFUSED)).toMatchObject(
        REFUSED.map((question) => ({
          status: 404,
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: JSON.stringify({ message: `Cannot GET ${question.path}`, error: 'Not Found', statusCode: 404 }),
        })),
      );
    });

    it('refuse a token that cannot be decoded', async () => {
      const answers = await client.askAll(UNDECODABLE);
      // Fastify answers 400 itself to any path that can't be decoded.
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([adapter === 'Fastify' ? 400 : 404]));
    });

    it('leave every other path and method to the app', async () => {
      const answers = await client.askAll(OTHERS);
      expect(answers.map(({ body }) => body)).not.toContain(NUMBERS);
      // A filter of the app changes what other paths get.
      if (host.interference === undefined) {
        expect(answers).toEqual(await plainApp.askAll(OTHERS));
      }
    });
  });
});
