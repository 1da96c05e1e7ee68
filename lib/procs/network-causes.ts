/** Why a broker can't be reached, by the codes of Node and OpenSSL, in words that HireFire may be told. */

/**
 * These do not pass by themselves: somebody has to change something.
 *
 * @param trustAll - the option by which a client takes any certificate, and whose broker needs it
 */
export function lastingNetworkCauses(trustAll: string): Readonly<Record<string, string>> {
  const trust = `: hand the certificate's authority to the connection, or, as ${trustAll}`;
  return {
    DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is self-signed${trust}`,
    SELF_SIGNED_CERT_IN_CHAIN: `its certificate is self-signed${trust}`,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: `nobody who is trusted signed its certificate${trust}`,
    UNABLE_TO_GET_ISSUER_CERT: `nobody who is trusted signed its certificate${trust}`,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `nobody who is trusted signed its certificate${trust}`,
    CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
    CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at both clocks',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name: use that name',
    ENOTFOUND: 'no such host name: look at the host of its URL',
  };
}

/** These may pass by themselves. */
export const PASSING_NETWORK_CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its host and port',
  EAI_AGAIN: 'its host name could not be looked up (DNS)',
  ETIMEDOUT: 'its host does not answer',
  EHOSTUNREACH: 'its host can not be reached',
  ENETUNREACH: 'its network can not be reached',
};
