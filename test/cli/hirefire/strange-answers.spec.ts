/** Answers that no agent sends: none of them may end a command. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { shapeOf } from '../../../cli/commands/check/shape.js';
import { Poller, reasonsOf, valuesOf } from '../../../cli/hirefire/poll.js';
import { parseBaseUrl } from '../../../cli/hirefire/base-url.js';
import { parseJson } from '../../../cli/io/untrusted.js';
import { findingsOf } from '../commands/check/checked.js';
import { closeServers, serve, TOKEN } from '../support/servers.js';

const NESTED = '['.repeat(100_000) + ']'.repeat(100_000);
const DEEP = '(too deeply nested to print)';

const KEYS = ['name', 'value', 'quantity', 'errors', 'message', 'toString', 'valueOf', 'toJSON', '__proto__', 'length'];
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, '', 'worker', 'web', '\u001b[2J', '\ud800', TOKEN),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...KEYS), tie('json')), { maxLength: 4 }).map(Object.fromEntries),
  ),
}));
const body = fc.oneof(
  { weight: 8, arbitrary: json.map((value) => JSON.stringify(value)) },
  { weight: 4, arbitrary: json.map((value) => JSON.stringify({ errors: [{ name: 'worker', message: value }] })) },
  { weight: 1, arbitrary: fc.constantFrom('', '{', '\0', '[1e999]', NESTED, `{"errors":[{"message":${NESTED}}]}`) },
);
const status = fc.constantFrom(200, 200, 200, 204, 301, 304, 401, 404, 429, 500, 503, 503, 599);

let answer: { readonly status: number; readonly body: string };
let url: string;

beforeEach(async () => {
  ({ url } = await serve((_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json', etag: '"\x80"' }).end(answer.body);
  }));
});

afterEach(closeServers);

describe('a strange answer', () => {
  it('is a poll, failed or not, whatever it is', async () => {
    const poller = new Poller(parseBaseUrl(url), TOKEN);
    await fc.assert(
      fc.asyncProperty(fc.record({ status, body }), async (next) => {
        answer = next;
        expect(await poller.poll()).toEqual(expect.objectContaining({ ok: expect.any(Boolean) }));
      }),
      { numRuns: 300 },
    );
  });

  it('is a finding of every check, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ status, body }), async (next) => {
        answer = next;
        expect(JSON.stringify(await findingsOf(url))).not.toContain(TOKEN);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the reason', () => {
  it.each([
    ['{"errors":[{"name":"a","message":{"toString":1}}]}', 'a: {"toString":1}'],
    ['{"errors":[{"name":["a"],"message":null}]}', '["a"]: null'],
    ['{"errors":[{}]}', '{"errors":[{}]}'],
    ['{"errors":["boom"]}', '{"errors":["boom"]}'],
    ['{"errors":[{"message":"boom"},null,{"name":"a","message":"slow"}]}', 'boom; a: slow'],
    [`{"errors":[{"name":"a","message":${NESTED}}]}`, `a: ${DEEP}`],
  ])('of case %#', (text, reason) => {
    expect(reasonsOf(text, TOKEN)).toBe(reason);
  });
});

describe('the shape', () => {
  it.each([
    [`[{"name":"a","value":${NESTED}}]`, `value of "a" is ${DEEP}: use a number of at least 0`],
    [`{"a":${NESTED}}`, 'the answer is JSON, but not an array of processes: see the agent'],
  ])('of case %#', (text, message) => {
    expect(shapeOf(parseJson(text), TOKEN).finding).toMatchObject({ message, seen: DEEP });
  });

  it('of 60,000 names twice is found at once', () => {
    const names = Array.from({ length: 60_000 }, (_, index) => ({ name: `a${index % 30_000}`, value: 1 }));
    expect(shapeOf(names, TOKEN).finding.message).toContain('"a0" is there twice');
    expect(valuesOf(JSON.stringify(names))?.size).toBe(30_000);
  }, 30_000);
});
