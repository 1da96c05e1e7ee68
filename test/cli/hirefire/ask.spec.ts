/** The client that asks as HireFire does: it ends in time, in bounded memory, and says why. */
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AskError, type AskFailure } from '../../../cli/hirefire/ask-failures.js';
import { ask, MAX_BODY_BYTES } from '../../../cli/hirefire/ask.js';
import { CertificateAuthority, LONG_AGO } from '../../../tools/certificates.js';
import { freePort } from '../../../tools/redis-server.js';
import { trustedAuthority } from '../../support/dispatch-server.js';
import { closeServers, serve, serveRaw, serveTls } from '../support/servers.js';

afterEach(closeServers);

async function failureOf(url: string, timeoutMs = 10_000): Promise<AskError> {
  try {
    await ask(new URL(url), { timeoutMs });
  } catch (error) {
    if (error instanceof AskError) {
      return error;
    }
    throw error;
  }
  throw new Error('an answer came');
}

const raw = async (...parts: readonly string[]): Promise<string> =>
  (await serveRaw((socket) => parts.forEach((part) => socket.write(part)))).url;

const rawThenEnd = async (text: string): Promise<string> => (await serveRaw((socket) => socket.end(text))).url;

const tls = async (certificate: ReturnType<CertificateAuthority['issue']>): Promise<string> =>
  (await serveTls(certificate, (_request, response) => response.end())).url;

type Case = readonly [
  what: string,
  url: () => Promise<string>,
  kind: AskFailure,
  message: RegExp,
  hasAnswered: boolean,
];

describe('ask', () => {
  it('gives status, headers, body and time', async () => {
    const { url } = await serve((request, response) => {
      response
        .writeHead(503, { 'x-one': '1' })
        .end(`${request.method ?? ''} ${request.url ?? ''} ${String(request.headers['x-two'])}`);
    });
    const answer = await ask(new URL(`${url}/a/b`), { headers: { 'x-two': '2' } });
    expect(answer).toMatchObject({ status: 503, headers: { 'x-one': '1' }, body: 'GET /a/b 2' });
    expect(answer.ms).toBeGreaterThan(0);
  });

  it('follows no redirect', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests++;
      response.writeHead(302, { location: '/' }).end();
    });
    expect(await ask(new URL(url), { headers: { 'hirefire-token': 'x' } })).toMatchObject({ status: 302 });
    expect(requests).toBe(1);
  });

  it('reads what is compressed', async () => {
    const { url } = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip, deflate');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('[1]'));
    });
    expect(await ask(new URL(url))).toMatchObject({ body: '[1]' });
  });

  it('takes as much as it may, and no more', async () => {
    const { url } = await serve((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))));
    expect((await ask(new URL(`${url}/${MAX_BODY_BYTES}`))).body).toHaveLength(MAX_BODY_BYTES);
    expect(await failureOf(`${url}/${MAX_BODY_BYTES + 1}`)).toMatchObject({ kind: 'too-large' });
    const maxBytes = 2 * MAX_BODY_BYTES;
    expect((await ask(new URL(`${url}/${maxBytes}`), { maxBytes })).body).toHaveLength(maxBytes);
    await expect(ask(new URL(`${url}/${maxBytes + 1}`), { maxBytes })).rejects.toThrow('the answer is over 2 MB');
  });

  const cases: readonly Case[] = [
    [
      'a name that is none',
      async () => 'http://hirefire.invalid',
      'dns',
      /^DNS does not know the name hirefire\.invalid$/,
      false,
    ],
    ['a port where nothing listens', async () => `http://127.0.0.1:${await freePort()}`, 'refused', /refused/, false],
    [
      'a server that hangs',
      async () => (await serve(() => undefined)).url,
      'timeout',
      /^no answer within 0\.3 s$/,
      false,
    ],
    ['a connection that ends', () => rawThenEnd(''), 'closed', /closed without an answer/, false],
    ['a server that is none of HTTP', () => raw('SSH-2.0-x\r\n'), 'not-http', /not HTTP/, false],
    [
      'endless headers',
      () => raw('HTTP/1.1 200 OK\r\n', `x: ${'x'.repeat(100_000)}\r\n`),
      'not-http',
      /headers/,
      false,
    ],
    ['an endless header', () => raw('HTTP/1.1 200 OK\r\nx: '), 'timeout', /no answer/, false],
    ['an upgrade', () => raw('HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'), 'other', /upgrade/, false],
    [
      'a body that never ends',
      () => raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', '['),
      'timeout',
      /^no end of the answer within 0\.3 s$/,
      true,
    ],
    [
      'a body that is cut off',
      () => rawThenEnd('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n['),
      'cut-off',
      /middle/,
      true,
    ],
    [
      'a chunk that is cut off',
      () => rawThenEnd('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n['),
      'cut-off',
      /middle/,
      true,
    ],
    [
      'a flood',
      async () =>
        (
          await serve((_request, response) => {
            const flood = (): void => {
              while (!response.destroyed && response.write('x'.repeat(65_536)));
            };
            response.on('drain', flood);
            flood();
          })
        ).url,
      'too-large',
      /over 1 MB/,
      true,
    ],
    [
      'a small body that unpacks to a large one',
      async () =>
        (
          await serve((_request, response) =>
            response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('0'.repeat(5_000_000))),
          )
        ).url,
      'too-large',
      /over 1 MB/,
      true,
    ],
    [
      'an encoding that it is not',
      async () =>
        (await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('[]'))).url,
      'encoding',
      /claims gzip encoding, but is not gzip/,
      true,
    ],
    [
      'an unknown encoding',
      async () =>
        (await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'x' }).end('[]'))).url,
      'encoding',
      /"x"/,
      true,
    ],
    [
      'a self-signed certificate',
      () => tls(CertificateAuthority.create().certificate),
      'tls-self-signed',
      /self-signed/,
      false,
    ],
    [
      'an untrusted certificate',
      () => tls(CertificateAuthority.create().issue(['127.0.0.1'])),
      'tls-untrusted',
      /^no authority that this machine trusts signed the certificate$/,
      false,
    ],
    [
      'a certificate that has expired',
      () => tls(trustedAuthority().issue(['127.0.0.1'], LONG_AGO)),
      'tls-expired',
      /expired/,
      false,
    ],
    [
      'a certificate of another name',
      () => tls(trustedAuthority().issue(['example.com'])),
      'tls-name',
      /another name/,
      false,
    ],
    [
      'a server that speaks no TLS',
      async () => (await serve((_request, response) => response.end())).url.replace('http:', 'https:'),
      'tls-protocol',
      /does not speak TLS/,
      false,
    ],
  ];

  it.each(cases)('recognises %s', async (_what, url, kind, message, hasAnswered) => {
    const error = await failureOf(await url(), kind === 'timeout' ? 300 : 10_000);
    expect({ kind: error.kind, message: error.message, hasAnswered: error.hasAnswered }).toEqual({
      kind,
      message: expect.stringMatching(message),
      hasAnswered,
    });
  });

  it('ends by its signal', async () => {
    const controller = new AbortController();
    const { url } = await serve(() => controller.abort());
    await expect(ask(new URL(url), { signal: controller.signal })).rejects.toMatchObject({ kind: 'aborted' });
    await expect(ask(new URL(url), { signal: controller.signal })).rejects.toMatchObject({ kind: 'aborted' });
  });
});
