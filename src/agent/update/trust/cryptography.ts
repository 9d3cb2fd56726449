/** What judging documents needs of cryptography; the machine's programs do it (`openssl.ts`). */

export interface Cryptography {
  /**
   * Ed25519 (RFC 8032).
   * @param publicKey 32 bytes as lower-case hexadecimal digits.
   * @param signature 64 bytes as hexadecimal digits.
   */
  verifySignature(publicKey: string, message: Uint8Array, signature: string): boolean;
  /** In lower-case hexadecimal digits. */
  sha256(bytes: Uint8Array): string;
}
