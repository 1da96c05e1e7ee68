/** A certificate authority for the tests, made when needed: no key lies in the repository. */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

type Validity = readonly [from: string, until: string];

const ALWAYS: Validity = ['000101000000Z', '491231235959Z'];
export const LONG_AGO: Validity = ['000101000000Z', '010101000000Z'];

interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

export class CertificateAuthority implements Issuer {
  private constructor(
    readonly name: string,
    readonly privateKey: KeyObject,
    /** PEM, to be trusted. */
    readonly cert: string,
  ) {}

  static create(): CertificateAuthority {
    const name = `nestjs-hirefire tests ${randomBytes(8).toString('hex')}`;
    const { publicKey, privateKey } = newKeys();
    const isAuthority = extension('2.5.29.19', sequence(BOOLEAN_TRUE));
    const issuer = { name, privateKey };
    return new CertificateAuthority(name, privateKey, signed({ name, publicKey }, issuer, isAuthority, ALWAYS));
  }

  /** The one that {@link certificate} is of. */
  static from({ cert, key }: Certificate): CertificateAuthority {
    const name = new X509Certificate(cert).subject.replace('CN=', '');
    return new CertificateAuthority(name, createPrivateKey(key), cert);
  }

  get certificate(): Certificate {
    return { cert: this.cert, key: pemOf(this.privateKey) };
  }

  /** A certificate for a server that is reached by these names and IPv4 addresses. */
  issue(names: readonly string[], validity = ALWAYS): Certificate {
    const { publicKey, privateKey } = newKeys();
    const alternatives = names.map((name) =>
      isIPv4(name) ? tagged(0x87, Buffer.from(name.split('.').map(Number))) : tagged(0x82, Buffer.from(name)),
    );
    const areItsNames = extension('2.5.29.17', sequence(...alternatives));
    return {
      cert: signed({ name: 'a server', publicKey }, this, areItsNames, validity),
      key: pemOf(privateKey),
    };
  }
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** An X.509 certificate (RFC 5280) in PEM. */
function signed(
  subject: { readonly name: string; readonly publicKey: KeyObject },
  issuer: Issuer,
  says: Buffer,
  validity: Validity,
): string {
  const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
  const content = sequence(
    tagged(0xa0, integer(2)),
    // Begins with a byte that keeps it positive.
    integer(1, ...randomBytes(8)),
    ecdsaWithSha256,
    distinguishedName(issuer.name),
    sequence(...validity.map((time) => tagged(0x17, Buffer.from(time)))),
    distinguishedName(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(says)),
  );
  const certificate = sequence(
    content,
    ecdsaWithSha256,
    tagged(0x03, Buffer.from([0]), sign('sha256', content, issuer.privateKey)),
  );
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** DER, the bytes that certificates are written in: a tag, a length, the content. */
function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const { length } = bytes;
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), bytes]);
}

const BOOLEAN_TRUE = tagged(0x01, Buffer.from([0xff]));

function sequence(...content: readonly Buffer[]): Buffer {
  return tagged(0x30, ...content);
}

function integer(...bytes: readonly number[]): Buffer {
  return tagged(0x02, Buffer.from(bytes));
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) {
    digits.unshift((left & 0x7f) | 0x80);
  }
  return digits;
}

function distinguishedName(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x04, value));
}
