/** Makes X.509 certificates (RFC 5280) with ECDSA on P-256, by Node's own cryptography: no secret leaves this process. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  boolean,
  type Der,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

/** What a certificate is for. */
export type Usage = 'authority' | 'server' | 'client' | 'server-and-client';

export interface CertificateRequest {
  readonly commonName: string;
  readonly usage: Usage;
  /** DNS names and addresses that it is good for. */
  readonly alternatives: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly key: KeyObject;
  readonly issuer: { readonly commonName: string; readonly key: KeyObject };
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
  clientAuthentication: '1.3.6.1.5.5.7.3.2',
} as const;

/** keyUsage's bits are numbered from the left: RFC 5280, 4.2.1.3. */
const DIGITAL_SIGNATURE = bitString(Buffer.from([0x80]), 7);
const KEY_CERT_AND_CRL_SIGN = bitString(Buffer.from([0x06]), 1);
const SERIAL_OCTETS = 16;

/** @returns The certificate in PEM form. */
export function makeCertificate(request: CertificateRequest): string {
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const serial = randomBytes(SERIAL_OCTETS);
  // Positive, and of full length.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    nameOf(request.issuer.commonName),
    sequence(time(request.notBefore), time(request.notAfter)),
    nameOf(request.commonName),
    publicKeyInfo(request.key),
    explicit(3, sequence(...extensions(request))),
  );
  const signature = sign('sha256', body, { key: request.issuer.key, dsaEncoding: 'der' });
  return pem('CERTIFICATE', sequence(body, algorithm, bitString(signature)));
}

function extensions(request: CertificateRequest): Der[] {
  const isAuthority = request.usage === 'authority';
  const purposes = [
    ...(request.usage.includes('server') ? [objectIdentifier(OID.serverAuthentication)] : []),
    ...(request.usage.includes('client') ? [objectIdentifier(OID.clientAuthentication)] : []),
  ];
  return [
    // An authority that makes no further authorities.
    extension(
      OID.basicConstraints,
      sequence(...(isAuthority ? [boolean(true), integer(Buffer.from([0]))] : [])),
      true,
    ),
    extension(OID.keyUsage, isAuthority ? KEY_CERT_AND_CRL_SIGN : DIGITAL_SIGNATURE, true),
    ...(purposes.length > 0 ? [extension(OID.extendedKeyUsage, sequence(...purposes))] : []),
    ...(request.alternatives.length > 0
      ? [extension(OID.subjectAlternativeName, sequence(...request.alternatives.map(alternative)))]
      : []),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(request.key))),
    extension(OID.authorityKeyIdentifier, sequence(implicit(0, keyIdentifier(request.issuer.key)))),
  ];
}

function extension(id: string, value: Uint8Array, critical = false): Der {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** GeneralName, RFC 5280, 4.2.1.6: 2 is a DNS name, 7 an address. */
function alternative(text: string): Der {
  const version = isIP(text);
  if (version === 0) return implicit(2, Buffer.from(text, 'ascii'));
  return implicit(7, version === 4 ? Buffer.from(text.split('.').map(Number)) : addressSix(text));
}

/** The 16 octets of an IPv6 address. */
function addressSix(text: string): Buffer {
  const host = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = '', tail] = host.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const left = groups(head);
  const right = groups(tail ?? '');
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const octets = [...left, ...middle, ...right].flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
  return Buffer.from(octets);
}

function nameOf(commonName: string): Der {
  return sequence(set(sequence(objectIdentifier(OID.commonName), utf8String(commonName))));
}

function publicKeyInfo(key: KeyObject): Der {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** SHA-1 of the public key's bits, method 1 of RFC 5280, 4.2.1.2. A name, not a protection. */
function keyIdentifier(key: KeyObject): Buffer {
  // An uncompressed point on P-256 is the last 65 octets of its SPKI.
  return createHash('sha1').update(publicKeyInfo(key).subarray(-65)).digest();
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
