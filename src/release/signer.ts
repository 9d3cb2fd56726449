/** Who signs: a key in a file, or a program that has the key elsewhere. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { Key } from '@tufjs/models';

/** Signs with one ed25519 key. */
export interface Signer {
  /** As in TUF metadata: SHA-256 of the key's canonical JSON. */
  readonly keyId: string;
  /** 32 bytes, hexadecimal. */
  readonly publicKey: string;
  /** The file that leads to the key, for messages. */
  readonly file: string;
  /** @returns The 64 bytes of an ed25519 signature (RFC 8032). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

const PUBLIC_KEY_BYTES = 32;

/** The key as TUF metadata names it (TUF specification 4.2: keytype, scheme, keyval). */
export function tufKey(publicKey: string): Key {
  return new Key({
    keyID: keyIdOf(publicKey),
    keyType: 'ed25519',
    scheme: 'ed25519',
    keyVal: { public: publicKey },
  });
}

/** @param publicKey 32 bytes, hexadecimal. */
export function keyIdOf(publicKey: string): string {
  const text = canonicalize({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicKey } });
  return createHash('sha256').update(text).digest('hex');
}

/** The 32 bytes of an ed25519 key, hexadecimal: the end of its SubjectPublicKeyInfo (RFC 8410, 4). */
export function publicKeyHex(key: KeyObject): string {
  const spki = key.export({
    type: 'spki',
    format: 'der',
  });
  return spki.subarray(-PUBLIC_KEY_BYTES).toString('hex');
}

/** Whether a signature is one of a key's over these bytes. */
export function isSignature(publicKey: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  // RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }.
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'hex')]);
  return verify(undefined, bytes, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
}
