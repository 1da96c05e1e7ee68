/** Nothing that a user or a dyno sends may end the router, or keep a request or a connection in it for good. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Socket } from 'node:net';
import { routerForEach, TIMES } from './support/router.js';

const SEQUENCES = Number(process.env.PROPERTY_SEQUENCES ?? 400);

const run = routerForEach();

/** Stands for 70,000 bytes, so that a failure can be read. */
const LONG = '<long>';

const oneOf = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const mostly = (usual: fc.Arbitrary<string>, strange: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 20, arbitrary: usual }, { weight: 1, arbitrary: strange });
const bytes = fc.uint8Array({ maxLength: 40 }).map((all) => Buffer.from(all).toString('latin1'));

/** The end of a head, with the body that it announces. */
const framed = mostly(
  oneOf(
    ...['\r\n', '\r\n', 'Content-Length: 0\r\n\r\n', 'Content-Length: 5\r\n\r\nhello'],
    ...[`Content-Length: 70000\r\n\r\n${LONG}`, 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
    'Transfer-Encoding: gzip, chunked\r\nTrailer: X\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n',
  ),
  oneOf(
    ...['\r\nhello', `\r\n${LONG}`, `Content-Length: 5\r\n\r\n${LONG}`, 'Content-Length: 70000\r\n\r\nhello'],
    ...['Content-Length: -1\r\n\r\n', 'Content-Length: 5, 6\r\n\r\nhello', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ),
);
const header = mostly(
  oneOf(
    ...['Accept: text/html\r\n', '__proto__: x\r\n', 'Trailer: X\r\n', `X-Long: ${LONG}\r\n`, 'X-Request-Id: \xff\r\n'],
    ...['Connection: close\r\n', 'Connection: keep-alive, X-Hop, Host, Content-Length\r\n', 'Expect: 100-continue\r\n'],
    ...['Connection: Upgrade\r\nUpgrade: websocket\r\n', 'Connection: Upgrade\r\nUpgrade: h2c\r\n', 'Upgrade: \r\n'],
    ...['X-Forwarded-For: a\r\n', 'Set-Cookie: a\r\nSet-Cookie: b\r\n', 'Keep-Alive: timeout=0\r\n'],
  ),
  fc.oneof(oneOf(' folded\r\n', ': x\r\n', 'Expect: x\r\n', 'Host: z\r\n'), bytes),
);
const headers = fc.array(header, { maxLength: 4 }).map((all) => all.join(''));
const line = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => `${all.join(' ')}\r\n`);
const version = mostly(oneOf('HTTP/1.1'), oneOf('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/9', 'SSH-2.0'));
const requestLine = line(
  mostly(
    oneOf('GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD'),
    oneOf('OPTIONS', 'CONNECT', 'PRI', 'M-SEARCH', 'get', ''),
  ),
  mostly(oneOf('/', '/a?b'), oneOf('*', 'http://x/', '/\t', '/\x7f', '/\xff', '//', 'x', '/ y', '')),
  version,
).map((text) => `${text}Host: y\r\n`);
const statusLine = line(
  version,
  mostly(
    oneOf('200', '200', '200', '101', '204', '304', '413', '503'),
    oneOf('100', '103', '000', '099', '999', '1000', ''),
  ),
  mostly(oneOf('OK', ''), fc.oneof(oneOf('O\x01K', 'O\tK', '\xff', 'O\rK'), bytes)),
);
const messages = (firstLine: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(firstLine, headers, framed).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((all) => all.join(''));
/** A text in up to four pieces, and perhaps with a wrong byte. */
const pieces = (text: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc
    .tuple(text, fc.array(fc.nat(), { maxLength: 3 }), fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.nat()))
    .map(([right, cuts, wrongAt]) => {
      const whole = wrongAt === null ? right : withByteAt(right, wrongAt);
      const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
      return at.slice(1).map((end, index) => whole.slice(at[index], end));
    });

function withByteAt(text: string, random: number): string {
  const at = random % text.length;
  return text.slice(0, at) + String.fromCharCode(random % 256) + text.slice(at + 1);
}

/** One side of a connection: the pieces that it sends, so many turns apart, and its end. */
const side = (text: fc.Arbitrary<string>): fc.Arbitrary<Side> =>
  fc.record({
    sends: pieces(text),
    turns: fc.nat({ max: 4 }),
    end: fc.constantFrom('stay', 'stay', 'stay', 'stay', 'end', 'destroy', 'reset'),
    reads: fc.boolean(),
  });

interface Side {
  readonly sends: readonly string[];
  readonly turns: number;
  readonly end: 'end' | 'destroy' | 'reset' | 'stay';
  readonly reads: boolean;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise(setImmediate);
  }
}

async function play(socket: Socket, { sends, turns: between, end, reads }: Side): Promise<void> {
  socket.on('error', () => undefined);
  if (reads) {
    socket.resume();
  }
  for (const text of sends) {
    socket.write(text.replaceAll(LONG, 'x'.repeat(70_000)), 'latin1');
    await turns(between);
  }
  if (end === 'end') {
    socket.end();
  } else if (end === 'destroy') {
    socket.destroy();
  } else if (end === 'reset') {
    socket.resetAndDestroy();
  }
}

it(`${SEQUENCES} random exchanges leave a router that answers, holds nothing, and closes`, async () => {
  const { times, router, routed, sockets } = run();
  let answer: Side | undefined;
  const random = await run().rawDyno('web.1', (socket) =>
    socket.once('data', () => answer && void play(socket, answer)),
  );
  const good = await run().dyno('web.2', (_, response) => response.end());
  const exchange = fc.record({
    user: side(messages(requestLine)),
    dyno: side(messages(statusLine)),
    patience: fc.oneof(fc.nat(20), fc.nat(2_000)),
  });
  await fc.assert(
    fc.asyncProperty(exchange, async ({ user, dyno, patience }) => {
      Object.assign(times, { firstByte: 20, queue: 20, silence: 20 });
      run().up = [random];
      answer = dyno;
      const { socket, closed } = run().raw('');
      await play(socket, user);
      await Promise.race([turns(patience), run().untilRouted(routed.length + 1)]);
      socket.destroy();
      await closed;
      sockets.delete(socket);
      Object.assign(times, TIMES);
      run().up = [good];
      expect((await fetch(run().url)).status).toBe(200);
    }),
    { numRuns: SEQUENCES },
  );
  sockets.forEach((socket) => socket.destroy());
  while (router.open > 0) {
    await turns(1);
  }
  await router.close();
});
