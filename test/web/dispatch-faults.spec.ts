/** Whatever goes wrong between the app and HireFire: nothing is lost, nothing is sent twice, nothing piles up. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import dns, { type LookupOptions } from 'node:dns';
import { CertificateAuthority, LONG_AGO } from '../../tools/certificates.js';
import {
  answer,
  DispatchServer,
  hang,
  queueTimesOf,
  SERVER_NAMES,
  trustedAuthority,
  type Reaction,
} from '../support/dispatch-server.js';
import { DispatchingApp, TOKEN, until, untilCalm } from '../support/dispatching-app.js';

interface Fault {
  readonly name: string;
  readonly begin: (server: DispatchServer) => void | Promise<void>;
  /** By default the server answers 200 again. */
  readonly end?: (server: DispatchServer) => void | Promise<void>;
  /** Of a POST that ends by its time-out only: whether it is under way. */
  readonly isUnderWay?: (server: DispatchServer) => boolean;
  readonly afterTimeout?: (server: DispatchServer) => void;
}

interface Failing extends Fault {
  /** The log line after "Request queue times could not be sent to <host>: ". */
  readonly logged: string | RegExp;
}

type Lookup = (name: string, options: LookupOptions, callback: () => void) => void;

const realLookup: Lookup = dns.lookup;
/** In the place of `dns.lookup()`. */
const lookup = jest.fn<Lookup>();

const asLookup = Object.assign((...args: Parameters<Lookup>) => lookup(...args), dns.lookup);

/** Finds the server by its name, which is of the kind that never exists. */
function knowName(): void {
  lookup.mockImplementation((name, options, callback) =>
    realLookup(name.replace('dispatch.invalid', '127.0.0.1'), options, callback),
  );
}

const reacts =
  (react: Reaction): Fault['begin'] =>
  (server) => {
    server.react = react;
  };

/** Bytes as they are, in place of an answer. */
const raw =
  (text: string): Reaction =>
  ({ stream }) =>
    stream.write(text);

const rawThenEnd =
  (text: string): Reaction =>
  ({ stream }) =>
    stream.end(text);

const reset: Reaction = ({ socket }) => socket.resetAndDestroy();

/** Sends a byte per turn of the event loop until the client leaves. */
const drip =
  (text: string, byte: string): Reaction =>
  ({ stream }) => {
    const more = (): void => {
      if (stream.writable) {
        stream.write(byte);
        setImmediate(more);
      }
    };
    stream.write(text);
    more();
  };

const taking =
  (react: Reaction): Reaction =>
  (exchange) => {
    exchange.take();
    react(exchange);
  };

const isRead = ({ inFlight }: DispatchServer): boolean => inFlight === 1;
const NO_ANSWER = 'no answer within 5 s';
const CHANGE_TOKEN = 'Set HIREFIRE_TOKEN to the token that HireFire shows for this app.';

const REFUSED: readonly Failing[] = (
  [
    [400, ''],
    [401, ` ${CHANGE_TOKEN}`],
    [403, ` ${CHANGE_TOKEN}`],
    [404, ' Correct the option "url" of "web" or HIREFIRE_DISPATCH_URL, or leave both out.'],
    [429, ''],
    [500, ''],
    [502, ''],
    [503, ''],
  ] as const
).map(([status, cure]) => ({
  name: `${status}`,
  begin: reacts(answer(status, {}, 'no')),
  logged: `it answered ${status}.${cure}`,
}));

const ANSWER_LOST: readonly Failing[] = [
  { name: 'no answer', begin: reacts(hang), isUnderWay: isRead, logged: NO_ANSWER },
  {
    name: 'an answer after the time-out',
    begin: reacts(hang),
    isUnderWay: isRead,
    afterTimeout: (server) => server.answerLate(),
    logged: NO_ANSWER,
  },
  { name: 'a reset before the answer', begin: reacts(reset), logged: /^(read ECONNRESET|socket hang up)$/ },
  { name: 'an end before the answer', begin: reacts(rawThenEnd('')), logged: 'socket hang up' },
  {
    name: 'an end in the midst of the head',
    begin: reacts(rawThenEnd('HTTP/1.1 200 OK\r\nContent-Le')),
    logged: 'socket hang up',
  },
  {
    name: 'a slow drip of header bytes',
    begin: reacts(drip('HTTP/1.1 200 OK\r\nX-Slow: ', 'z')),
    isUnderWay: isRead,
    logged: NO_ANSWER,
  },
  {
    name: 'an informational answer only',
    begin: reacts(({ response }) => response.writeProcessing()),
    isUnderWay: isRead,
    logged: NO_ANSWER,
  },
  {
    name: 'an upgrade without a request for it',
    begin: reacts(raw('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')),
    logged: 'the connection was closed without an answer',
  },
  { name: 'an answer that is not HTTP', begin: reacts(raw('SSH-2.0-x\r\n')), logged: /^Parse Error/ },
  { name: 'a broken header', begin: reacts(raw('HTTP/1.1 200 OK\r\nno header\r\n\r\n')), logged: /^Parse Error/ },
  {
    name: 'endless headers',
    begin: reacts(raw(`HTTP/1.1 200 OK\r\nX-Huge: ${'z'.repeat(200_000)}`)),
    logged: /^Parse Error: Header overflow/,
  },
];

const certificates = (what: string, begin: Fault['begin'], logged: RegExp): Failing => ({
  name: `a certificate ${what}`,
  begin,
  end: (server) => server.showCertificate(trustedAuthority().issue(SERVER_NAMES)),
  logged,
});

const NOT_REACHED: readonly Failing[] = [
  {
    name: 'a closed port',
    begin: (server) => server.close(),
    end: (server) => server.open(),
    logged: /^connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
  },
  {
    name: 'a name that does not exist',
    begin: () => void lookup.mockImplementation(realLookup),
    end: knowName,
    logged: /^getaddrinfo (ENOTFOUND|EAI_AGAIN) dispatch\.invalid$/,
  },
  {
    name: 'a name server that does not answer',
    begin: () => void lookup.mockImplementation(() => undefined),
    end: knowName,
    isUnderWay: () => true,
    logged: NO_ANSWER,
  },
  {
    name: 'a TLS handshake that does not end',
    begin: (server) => server.mute(true),
    end: (server) => server.mute(false),
    isUnderWay: ({ socketsOpen }) => socketsOpen === 1,
    logged: NO_ANSWER,
  },
  certificates(
    'of an authority that is not trusted',
    (server) => server.showCertificate(CertificateAuthority.create().issue(SERVER_NAMES)),
    /^unable to verify the first certificate/,
  ),
  certificates(
    'for another name',
    (server) => server.showCertificate(trustedAuthority().issue(['other.invalid'])),
    /^Hostname\/IP does not match certificate's altnames/,
  ),
  certificates(
    'that has expired',
    (server) => server.showCertificate(trustedAuthority().issue(SERVER_NAMES, LONG_AGO)),
    /^certificate has expired/,
  ),
];

/** HireFire has taken the POST once the head of its answer arrives; the rest does not matter. */
const TAKEN: readonly (Fault & { readonly connections?: number })[] = [
  {
    name: 'a slow drip of body bytes',
    begin: reacts(taking(drip('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n', 'z'))),
    isUnderWay: isRead,
  },
  {
    name: 'an end in the midst of the body',
    begin: reacts(taking(rawThenEnd('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345'))),
  },
  {
    name: 'a broken body',
    begin: reacts(taking(raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk'))),
  },
  {
    name: 'a second answer right behind it',
    begin: reacts(taking(raw('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.repeat(2)))),
  },
  { name: 'a big body', begin: reacts(answer(200, {}, 'z'.repeat(60_000))), connections: 1 },
  { name: 'a huge body', connections: 3, begin: reacts(answer(200, {}, 'z'.repeat(20_000_000))) },
  {
    name: 'an informational answer before it',
    begin: reacts((exchange) => {
      exchange.response.writeProcessing();
      answer(200)(exchange);
    }),
  },
  { name: '204', begin: reacts(answer(204)) },
  { name: 'the end of the connection after it', begin: reacts(answer(200, { Connection: 'close' })) },
];

let server: DispatchServer;
let app: DispatchingApp;

beforeEach(async () => {
  server = await DispatchServer.start();
  knowName();
  jest.spyOn(dns, 'lookup').mockImplementation(asLookup);
  app = await DispatchingApp.start({ web: { url: server.urlOf('dispatch.invalid') } });
});

afterEach(async () => {
  await server.close();
  await app.end();
});

async function post(...queueTimes: number[]): Promise<void> {
  await app.measure(...queueTimes);
  await app.untilNext();
  app.pass(1);
}

async function untilGivenUp({ isUnderWay, afterTimeout }: Fault): Promise<void> {
  if (isUnderWay) {
    await until(() => isUnderWay(server));
    await untilCalm();
    app.pass(4.9);
    expect(app.waitsFor).toBe(5);
    app.pass(0.1);
    afterTimeout?.(server);
    await until(() => server.socketsOpen === 0);
  }
}

/** The queue times from 1 to 6: the first is sent before the fault, the next three during it. */
async function failingRun(fault: Failing, beforeIt: Reaction): Promise<void> {
  server.react = beforeIt;
  await post(1);
  await app.untilIdle();
  await fault.begin(server);
  for (const [pause, nextPause, queueTimes] of [
    [1, 1, [2, 3]],
    [1, 2, [4]],
    [2, 4, []],
  ] as const) {
    await app.measure(...queueTimes);
    await app.untilNext(pause);
    app.pass(pause);
    await untilGivenUp(fault);
    await app.untilNext(nextPause);
  }
  await (fault.end ?? reacts(answer(200)))(server);
  await app.measure(5);
  app.pass(4);
  await app.untilIdle();
  await post(6);
  await app.untilIdle();
}

const ONCE = [1, 2, 3, 4, 5, 6];
const AND_DURING_THE_FAULT = [2, 3, 2, 3, 4, 2, 3, 4];
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

function expectLogged(logged: string | RegExp): void {
  const errors = app.log.hireFire('error');
  const [, what] =
    /^Request queue times could not be sent to dispatch\.invalid:\d+: (.*?)(?: undefined)? HireFire$/.exec(
      errors[0] ?? '',
    ) ?? [];
  expect(what).toEqual(typeof logged === 'string' ? logged : expect.stringMatching(logged));
  expect(errors).toHaveLength(1);
  expect(app.log.hireFire('log').filter((line) => line.endsWith(' HireFire'))).toEqual([
    'Request queue times can be sent to HireFire again. HireFire',
  ]);
  expect(app.log.toString()).not.toContain(TOKEN);
}

function expectAtMostOne(): void {
  expect({ inFlight: server.mostInFlight, sockets: server.mostSockets }).toEqual({ inFlight: 1, sockets: 1 });
}

describe('HireFire refuses: 0 lost, 0 sent twice, at most 1 POST in flight and 1 socket', () => {
  it.each(REFUSED)('$name', async (fault) => {
    await failingRun(fault, answer(200));

    expect(queueTimesOf(server.taken)).toEqual(ONCE);
    expect(queueTimesOf(server.posts)).toEqual(sorted([...ONCE, ...AND_DURING_THE_FAULT]));
    expectAtMostOne();
    expect(server.connections).toBe(1);
    expectLogged(fault.logged);
  });

  it.each([301, 302, 303, 307, 308])('a redirect by %i, and its target is never contacted', async (status) => {
    const target = await DispatchServer.start();
    const logged = `it answered ${status}.`;
    await failingRun({ name: '', begin: reacts(answer(status, { Location: target.url })), logged }, answer(200));
    await target.close();

    expect(target.connections).toBe(0);
    expect(queueTimesOf(server.taken)).toEqual(ONCE);
    expectAtMostOne();
    expectLogged(logged);
  });
});

describe('The answer is lost: 0 lost, sent twice if HireFire took it, at most 1 POST in flight and 1 socket', () => {
  it.each(ANSWER_LOST)('$name', async (fault) => {
    await failingRun(fault, answer(200));

    expect(queueTimesOf(server.taken)).toEqual(ONCE);
    expect(queueTimesOf(server.posts)).toEqual(sorted([...ONCE, ...AND_DURING_THE_FAULT]));
    expectAtMostOne();
    expectLogged(fault.logged);
  });
});

describe('HireFire is not reached: 0 lost, 0 sent twice, at most 1 POST in flight and 1 socket', () => {
  it.each(NOT_REACHED)('$name', async (fault) => {
    // Over a connection that is kept, HireFire would be reached all the same.
    await failingRun(fault, answer(200, { Connection: 'close' }));

    expect(queueTimesOf(server.taken)).toEqual(ONCE);
    expect(queueTimesOf(server.posts)).toEqual(ONCE);
    expectAtMostOne();
    expectLogged(fault.logged);
  });
});

it('a kept connection that ends just as it is used: 0 lost, 0 sent twice, sent with the next POST', async () => {
  await post(1);
  await app.untilIdle();
  await app.measure(2);
  server.cut();
  app.pass(1);
  await app.untilNext();
  app.pass(1);
  await app.untilIdle();

  expect(queueTimesOf(server.posts)).toEqual([1, 2]);
  expect(server.connections).toBe(2);
  expectLogged(/ECONNRESET|EPIPE|socket hang up/);
});

describe('HireFire takes it in an odd way: 0 lost, 0 sent twice, at most 1 POST in flight and 1 socket', () => {
  it.each(TAKEN)('$name', async ({ connections, ...fault }) => {
    await post(1);
    await app.untilIdle();
    await fault.begin(server);
    for (const queueTimes of [[2, 3], [4]]) {
      await post(...queueTimes);
      await untilGivenUp(fault);
      await app.untilIdle();
      await until(() => server.inFlight === 0);
    }
    server.react = answer(200);
    await post(5);
    await app.untilIdle();
    await post(6);
    await app.untilIdle();

    expect(queueTimesOf(server.taken)).toEqual(ONCE);
    expect(queueTimesOf(server.posts)).toEqual(ONCE);
    expectAtMostOne();
    expect(server.connections).toBe(connections ?? server.connections);
    expect(app.log.hireFire('error')).toEqual([]);
  });
});
