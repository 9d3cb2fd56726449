/**
 * Detached ed25519 signatures of whole files: the 64 bytes of RFC 8032, as `openssl pkeyutl -verify -rawin` takes them, and
 * the public key in PEM (RFC 8410) that it takes beside them.
 */
import { createPublicKey } from 'node:crypto';
import { KeyStore } from '../../release/key-store.ts';
import { isSignature, type Signer } from '../../release/signer.ts';

/**
 * Opens the key that signs: a private key `NAME.pem`, or `NAME.signer.json` for one that a program signs with.
 * @throws {UserError} when it is none, or others could use it.
 */
export async function openSigningKey(path: string, signal: AbortSignal): Promise<Signer> {
  // The store of an update repository's keys, without folders: a single file in the same forms.
  const store = await KeyStore.open({ folders: [], repository: '/nonexistent', signal });
  return store.add(path);
}

/** The public key as PEM. */
export function publicKeyPem({ publicKey }: Pick<Signer, 'publicKey'>): string {
  // RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }.
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'hex')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' }).export({
    type: 'spki',
    format: 'pem',
  }) as string;
}

/** A signature that is there already is kept when it is good: ed25519's are the same each time, but asking may cost a touch. */
export async function signatureOf(
  signer: Signer,
  bytes: Uint8Array,
  known: Uint8Array | undefined,
): Promise<Uint8Array> {
  if (known?.length === 64 && isSignature(signer.publicKey, bytes, known)) return known;
  return signer.sign(bytes);
}
