/** Why a document of a repository is not trusted. */

/** The four top-level roles of TUF; each signs one document (TUF specification, section 2.1). */
export const roleNames = ['root', 'timestamp', 'snapshot', 'targets'] as const;
export type RoleName = (typeof roleNames)[number];

/**
 * - `format`: it is not such a document, or one of a kind that this program does not understand.
 * - `signature`: too few of the keys that count have signed it.
 * - `version`: it is older than what was seen before, or another than was announced.
 * - `expired`: its time is over.
 * - `content`: its length or its SHA-256 is not what a trusted document says.
 */
export type TrustFault = 'format' | 'signature' | 'version' | 'expired' | 'content';

/** A document is not trusted. */
export class TrustFailure extends Error {
  override readonly name = 'TrustFailure';

  /** @param reason Such as `it is signed by 1 of the 2 keys that are needed`. */
  constructor(
    readonly role: RoleName,
    readonly fault: TrustFault,
    readonly reason: string,
  ) {
    super(`${role}.json: ${reason}`);
  }
}
