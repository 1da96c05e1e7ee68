import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { HireFire, type Checkup } from '../../sample/demo/hirefire.js';

const MANAGER = { ratio: 10, minimum: 0, maximum: 5 };

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** One checkup of an app that gives this answer and has these dynos. */
async function checkup(
  status: number,
  body: string,
  dynos: Record<string, number>,
): Promise<Checkup & { dynos: Record<string, number> }> {
  server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return checkupOf(`http://127.0.0.1:${port ?? 0}/`, dynos);
}

async function checkupOf(url: string, dynos: Record<string, number>) {
  const after = { ...dynos };
  const managers = new Map(Object.keys(dynos).map((type) => [type, MANAGER]));
  const hirefire = new HireFire(url, managers, {
    up: (type) => after[type] ?? 0,
    scale: (type, quantity) => (after[type] = quantity),
  });
  return { ...(await hirefire.checkup()), dynos: after };
}

const answer = (values: Record<string, unknown>): string =>
  JSON.stringify(Object.entries(values).map(([name, value]) => ({ name, quantity: value, value })));

describe('HireFire', () => {
  test('hires and fires by what the app says', async () => {
    const { poll, decisions, dynos } = await checkup(200, answer({ a: 25, b: 0, c: 3 }), { a: 1, b: 4, c: 2 });
    expect(poll.ok).toBe(true);
    expect(dynos).toEqual({ a: 3, b: 0, c: 2 });
    expect(decisions).toEqual([
      { type: 'a', value: 25, from: 1, to: 3 },
      { type: 'b', value: 0, from: 4, to: 0 },
    ]);
  });

  test('leaves a process alone that is missing in the answer, and knows no other', async () => {
    const { dynos } = await checkup(200, answer({ a: 25, unknown: 1 }), { a: 0, b: 4 });
    expect(dynos).toEqual({ a: 3, b: 4 });
  });

  test.each<[what: string, value: unknown]>([
    ['null', null],
    ['a text', '0'],
    ['a negative number', -1],
  ])('leaves a process alone whose value is %s', async (_, value) => {
    const { poll, dynos } = await checkup(200, answer({ a: value, b: 0 }), { a: 4, b: 4 });
    expect(poll).toMatchObject({ ok: true, values: new Map([['b', 0]]) });
    expect(dynos).toEqual({ a: 4, b: 0 });
  });

  test.each<[what: string, status: number, body: string, reason: RegExp]>([
    ['503', 503, '{"errors":[{"name":"a","message":"the connection to Redis is down"}]}', /^503 .*Redis is down/],
    ['503 with numbers', 503, answer({ a: 0 }), /^503/],
    ['404', 404, 'Not Found', /^404/],
    ['no JSON', 200, '<html>', /JSON/],
    ['no array', 200, '{"name":"a","value":0}', /array/],
  ])('leaves all alone when it is answered with %s', async (_, status, body, reason) => {
    const { poll, decisions, dynos } = await checkup(status, body, { a: 4, b: 0 });
    expect(poll).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
    expect(decisions).toEqual([]);
    expect(dynos).toEqual({ a: 4, b: 0 });
  });

  test('leaves all alone when nobody answers', async () => {
    const { poll, dynos } = await checkupOf('http://127.0.0.1:1/', { a: 4 });
    expect(poll.ok).toBe(false);
    expect(dynos).toEqual({ a: 4 });
  });
});
