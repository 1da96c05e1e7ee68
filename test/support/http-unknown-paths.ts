/** Asks an app with HireFire and one without it the same random things: nobody can tell which is which. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { INestApplication } from '@nestjs/common';
import { HireFireProc } from '../../lib/index.js';
import { HttpClient, type Question } from './http-client.js';
import { ADAPTERS, startHost, type HttpHost } from './http-hosts.js';
import { RecordingLogger } from './http-logs.js';

const TOKEN = 'Zm9v-YmFy/20%2F é';

const HOSTS: readonly HttpHost[] = [
  { name: 'a plain app' },
  { name: 'a global prefix', setUp: (app) => void app.setGlobalPrefix('api') },
];

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 1;
  }
}

const anyOf = (characters: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(characters));

/** Any text, and texts close to the token. */
const someToken = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: anyOf(TOKEN), maxLength: 20 }),
  fc.nat(TOKEN.length - 1).map((length) => TOKEN.slice(0, length)),
  fc.constantFrom(
    TOKEN.toUpperCase(),
    ` ${TOKEN}`,
    `${TOKEN}\0`,
    `${TOKEN}é`,
    encodeURIComponent(TOKEN),
    'development',
  ),
);

/** Through a Buffer, because encodeURIComponent() throws at half a surrogate pair. */
const encoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

/** Characters that an HTTP client may put in a path as they are. */
const rawPath = fc.string({ unit: anyOf('/%.~;:@&=+$,-_ZaF02?'), maxLength: 20 });

const somePath = fc.oneof(
  someToken.map((token) => `/hirefire/${encoded(token)}/info`),
  someToken.map((token) => `/hirefire/${encoded(token)}/info/?${encoded(token)}`),
  rawPath.map((path) => `/hirefire/${path}/info`),
  rawPath.map((path) => `/hirefire/${path}`),
  rawPath.map((path) => `/${path}`),
  fc.constantFrom('/hirefire', '/hirefire/', '/HireFire', '/hirefire?x'),
);

const someHeader = fc.string({ unit: anyOf('Zm9v-YmFy/20%2F é,;'), maxLength: 20 });

const someQuestion: fc.Arbitrary<Question> = fc.record({
  path: somePath,
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE'),
  headers: fc.option(someHeader, { nil: undefined }).map((header) => (header ? { 'HireFire-Token': header } : {})),
});

/** How many requests are sent at once. */
const AT_ONCE = 10;

const someQuestions = fc.array(someQuestion, { minLength: AT_ONCE, maxLength: AT_ONCE });

/** @param runs - how many random requests, over all apps */
export function describeUnknownPaths(runs: number): void {
  describe.each(ADAPTERS)('random requests on %s', (adapter) => {
    describe.each(HOSTS)('to an app with $name', (host) => {
      const logger = new RecordingLogger();
      let ours: INestApplication;
      let stranger: INestApplication;

      beforeAll(async () => {
        [ours, stranger] = await Promise.all([
          startHost(host, adapter, { token: TOKEN }, { parts: { providers: [WorkerProc] }, logger }),
          startHost(host, adapter, 'none'),
        ]);
      });

      afterAll(async () => {
        await Promise.all([ours.close(), stranger.close()]);
      });

      it('are answered as by an app without HireFire, and logged by neither', async () => {
        const client = HttpClient.of(ours);
        const strangers = HttpClient.of(stranger);
        const isLongForFastify = ({ path }: Question): boolean =>
          adapter === 'Fastify' && path.split('/').some((segment) => segment.length > 100);
        const linesAtStart = logger.lines.length;

        await fc.assert(
          fc.asyncProperty(someQuestions, async (questions) => {
            const asked = questions.filter((question) => !isLongForFastify(question));
            const [answers, expected] = await Promise.all([client.askAll(asked), strangers.askAll(asked)]);
            expect(answers).toEqual(expected);
          }),
          { numRuns: runs / AT_ONCE / ADAPTERS.length / HOSTS.length },
        );

        expect(logger.lines.slice(linesAtStart)).toEqual([]);
        const poll = await client.get(`/hirefire/${encodeURIComponent(TOKEN)}/info`);
        expect(poll).toMatchObject({ status: 200, body: '[{"name":"worker","quantity":1,"value":1}]' });
        client.close();
        strangers.close();
      });
    });
  });
}
