/** Why a broker can't be reached, by error code, in words that HireFire may see. */
import { propertyOf } from '../hirefire.unknown.js';
import { MeasureFailure } from './measure-failure.js';

type Table = Readonly<Record<string, string>>;
type NetworkCauses = Readonly<Record<'lasting' | 'passing', Table>>;

/**
 * The causes that Node and OpenSSL report. Lasting ones do not pass by themselves: someone has to change something.
 *
 * @param schemes - in a URL, with TLS and without
 * @param trustAll - the broker whose certificates are self-signed, and the option that accepts them
 */
export function networkCauses(
  broker: string,
  [tls, plain]: readonly [tls: string, plain: string],
  trustAll?: string,
): NetworkCauses {
  const trust = `: hand the certificate's authority to the connection${trustAll === undefined ? '' : `, or, as ${trustAll}`}`;
  const isSelfSigned = `its certificate is self-signed${trust}`;
  const isUntrusted = `no trusted authority signed its certificate${trust}`;
  const lookAt = `look at ${tls} or ${plain} in its URL, and at the port`;
  const isClosed = `it closes the connection: is it a ${broker}, and does it want TLS (${tls})?`;
  return {
    lasting: {
      DEPTH_ZERO_SELF_SIGNED_CERT: isSelfSigned,
      SELF_SIGNED_CERT_IN_CHAIN: isSelfSigned,
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: isUntrusted,
      UNABLE_TO_GET_ISSUER_CERT: isUntrusted,
      UNABLE_TO_GET_ISSUER_CERT_LOCALLY: isUntrusted,
      CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
      CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at both clocks',
      ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name: use that name',
      ENOTFOUND: 'no such host name: look at the host of its URL',
      EPROTO: `it does not speak TLS as asked for: ${lookAt}`,
      ERR_SSL_WRONG_VERSION_NUMBER: `it does not speak TLS: ${lookAt}`,
      ERR_SSL_PACKET_LENGTH_TOO_LONG: `it does not speak TLS: ${lookAt}`,
      HPE_INVALID_CONSTANT: `it does not speak HTTP: ${lookAt}`,
    },
    passing: {
      ECONNREFUSED: 'nothing listens at its host and port',
      EAI_AGAIN: 'its host name could not be looked up (DNS)',
      ETIMEDOUT: 'its host does not answer',
      EHOSTUNREACH: 'its host can not be reached',
      ENETUNREACH: 'its network can not be reached',
      ECONNRESET: isClosed,
      EPIPE: isClosed,
    },
  };
}

/** Explains the errors of a broker by their codes. */
export class Causes {
  readonly #lasting: Table;
  readonly #all: Table;

  /** @param codesIn - the codes that only the message of an error reveals */
  constructor(
    network: NetworkCauses,
    lasting: Table,
    passing: Table,
    private readonly codesIn: (message: string) => readonly string[],
  ) {
    this.#lasting = { ...network.lasting, ...lasting };
    this.#all = { ...network.passing, ...passing, ...this.#lasting };
  }

  isLasting(error: unknown): boolean {
    return this.#codesOf(error).some((code) => code in this.#lasting);
  }

  /** True if there are words for the cause of an error. */
  isKnown(error: unknown): boolean {
    return this.#causeOf(error) !== undefined;
  }

  /** @param what - the failure, to be followed by its cause */
  failure(what: string, error: unknown): MeasureFailure {
    const cause = this.#causeOf(error);
    return new MeasureFailure(cause === undefined ? what : `${what}: ${cause}`, { cause: error });
  }

  #causeOf(error: unknown): string | undefined {
    for (const code of this.#codesOf(error)) {
      const cause = this.#all[code];
      if (cause !== undefined) {
        return `${cause} (${code})`;
      }
    }
    return undefined;
  }

  #codesOf(error: unknown): readonly string[] {
    const [code, message, lastNodeError] = ['code', 'message', 'lastNodeError'].map((key) => propertyOf(error, key));
    return [
      ...(typeof code === 'string' ? [code] : []),
      ...(typeof message === 'string' ? this.codesIn(message) : []),
      // A Cluster has it when none of its nodes could be asked.
      ...(lastNodeError === undefined ? [] : this.#codesOf(lastNodeError)),
    ];
  }
}
