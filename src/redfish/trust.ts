/**
 * Whether a BMC is the one it should be: a certificate of a known authority for its name, or one certificate that was
 * pinned. There is no way around: whoever answers gets the password of the machine.
 */
import type { TLSSocket } from 'node:tls';
import { UserError } from '../errors.ts';
import type { BmcAddress } from './address.ts';

export interface Trust {
  /** Certificates of authorities in PEM form; those of Node.js when absent. */
  readonly ca?: string;
  /** SHA-256 of the BMC's own certificate, as 64 lower-case hexadecimal digits. */
  readonly fingerprint?: string;
}

/** Reads what openssl and browsers print: with or without colons and a `sha256:` in front. Undefined when it is none. */
export function parseFingerprint(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^sha-?256(?: fingerprint)?[:=]/i, '')
    .replace(/[:\s]/g, '')
    .toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}

/** As openssl prints it: `AB:CD:…`. */
export function formatFingerprint(digits: string): string {
  return (digits.toUpperCase().match(/../g) ?? []).join(':');
}

/**
 * Judges a connection before a byte is sent over it.
 * @param socket Connected with `rejectUnauthorized: false`, so that the reason and the certificate can be told.
 * @returns Why it is not trusted; undefined when it is. A pinned certificate needs no authority, no matching name and no
 * date: BMCs come with certificates that have none of them right.
 */
export function whyNotTrusted(
  socket: TLSSocket,
  { ca, fingerprint }: Trust,
  address: BmcAddress,
): UserError | undefined {
  const { fingerprint256, subject } = socket.getPeerCertificate();
  const seen = parseFingerprint(fingerprint256 ?? '');
  if (fingerprint !== undefined) {
    if (seen === fingerprint && (ca === undefined || socket.authorized)) return undefined;
    return new UserError(
      'bmc-certificate-changed',
      'the certificate of this BMC is not the one that is pinned',
      {
        where: address.shown,
        seen: `SHA-256 ${seen === undefined ? 'of no certificate' : formatFingerprint(seen)}`,
        needed: `SHA-256 ${formatFingerprint(fingerprint)}`,
        next: [
          'find out why it changed: a new certificate on the BMC, another machine at this address, or somebody in between',
        ],
      },
    );
  }
  if (socket.authorized) return undefined;
  const name = typeof subject?.CN === 'string' ? ` of ${JSON.stringify(subject.CN)}` : '';
  return new UserError('bmc-certificate-unknown', 'the certificate of this BMC is not known', {
    where: address.shown,
    seen: `${reasonOf(socket)}; the certificate${name} has the SHA-256 fingerprint\n${seen === undefined ? 'none' : formatFingerprint(seen)}`,
    needed: 'a certificate for this name from a known authority, or the fingerprint of this one',
    next: [
      'compare the fingerprint with the one that the BMC itself shows (console, or a connection you trust)',
      ...(seen === undefined ? [] : [`when they are the same, pin it: --fingerprint ${seen}`]),
      'or give the authority that signed it: --ca FILE',
    ],
  });
}

/** Codes of OpenSSL's verification, x509_vfy.h, and those of Node.js, in words. */
const reasons: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it signed itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet: compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
};

function reasonOf({ authorizationError }: TLSSocket): string {
  const code = String(authorizationError);
  return reasons[code] ?? code;
}
