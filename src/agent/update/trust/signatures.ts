/** Whether enough of the right keys have signed a document (TUF specification, section 5.3.4 and where it is referred to). Pure. */
import type { Cryptography } from './cryptography.ts';
import type { Document } from './document.ts';
import type { Root } from './root.ts';
import { TrustFailure } from './trust-failure.ts';

/**
 * Checks no more signatures than the threshold needs. A key counts once, under however many ids it is listed.
 * @param root Whose keys count.
 * @param whose For the message: `the trusted root`.
 * @throws {TrustFailure} of the kind `signature`.
 */
export function checkSignatures(
  document: Document<unknown>,
  root: Document<Root>,
  cryptography: Cryptography,
  whose = 'the trusted root',
): void {
  const { keyIds, threshold } = root.says.roles[document.role];
  const good = new Set<string>();
  let message: Uint8Array | undefined;
  for (const keyId of keyIds) {
    const publicKey = root.says.keys.get(keyId);
    const signature = document.signatures.get(keyId);
    if (publicKey === undefined || signature === undefined || good.has(publicKey)) continue;
    if (!/^[0-9a-fA-F]{128}$/.test(signature)) continue;
    message ??= document.message();
    if (cryptography.verifySignature(publicKey, message, signature)) good.add(publicKey);
    if (good.size >= threshold) return;
  }
  throw new TrustFailure(
    document.role,
    'signature',
    `it is signed by ${good.size} of the ${threshold} ${threshold === 1 ? 'key' : 'keys'} that ${whose} (version ${root.version}) asks for`,
  );
}
