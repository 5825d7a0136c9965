import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

/** Codes of Node for a certificate that is not accepted, or a server that does not speak TLS: nothing that passes. */
const TLS_FAULT =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CRL_|HOSTNAME_MISMATCH$|INVALID_CA$|PATH_LENGTH_EXCEEDED$|INVALID_PURPOSE$|OUT_OF_MEM$)/;

/** Whether an error's code says that TLS failed and would again. */
export function isTlsFault(code: string): boolean {
  // No handshake in time is the network's fault.
  return TLS_FAULT.test(code) && code !== 'ERR_TLS_HANDSHAKE_TIMEOUT';
}

/** Where Lambda's Node runtime has the authorities of Amazon RDS; since Node 20 it does not load them by itself. */
const LAMBDA_AUTHORITIES = '/var/runtime/ca-cert.pem';

/** The authorities that a database's certificate may come from where the declaration names none: Node's, and Amazon RDS's on Lambda. */
export function defaultAuthorities(file = LAMBDA_AUTHORITIES): string[] {
  try {
    return [...rootCertificates, readFileSync(file, 'utf8')];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [...rootCertificates];
  }
}
