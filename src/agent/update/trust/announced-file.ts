/** What one document says of another, or of a target: version, length, SHA-256 (TUF specification, sections 4.4 to 4.6). Pure. */
import { digest, FormatError, object, size } from '../../../release-format/value.ts';
import type { Cryptography } from './cryptography.ts';
import { positiveInteger } from './fields.ts';
import { type RoleName, TrustFailure } from './trust-failure.ts';

export interface AnnouncedFile {
  readonly version: number;
  /** Absent when the repository does not say. */
  readonly sizeBytes: number | undefined;
  readonly sha256: string | undefined;
}

/** @throws {FormatError} */
export function readAnnouncedFile(value: unknown, where: string): AnnouncedFile {
  const fields = object(value, where);
  return {
    version: positiveInteger(fields.version, `${where}.version`),
    sizeBytes: fields.length === undefined ? undefined : size(fields.length, `${where}.length`),
    sha256: fields.hashes === undefined ? undefined : readSha256(fields.hashes, `${where}.hashes`),
  };
}

/** A digest that cannot be checked is refused rather than passed over. @throws {FormatError} */
export function readSha256(value: unknown, where: string): string {
  const fields = object(value, where);
  const other = Object.keys(fields).find((name) => name !== 'sha256');
  if (other !== undefined) {
    throw new FormatError(`${where} has ${JSON.stringify(other.slice(0, 20))}; this program knows sha256`);
  }
  return digest(fields.sha256, `${where}.sha256`);
}

/** @throws {TrustFailure} of the kind `content`. */
export function checkContent(
  role: RoleName,
  bytes: Uint8Array,
  announced: Omit<AnnouncedFile, 'version'>,
  cryptography: Cryptography,
): void {
  if (announced.sizeBytes !== undefined && bytes.length !== announced.sizeBytes) {
    throw new TrustFailure(
      role,
      'content',
      `it has ${bytes.length} bytes, and should have ${announced.sizeBytes}`,
    );
  }
  if (announced.sha256 === undefined) return;
  const sha256 = cryptography.sha256(bytes);
  if (sha256 !== announced.sha256) {
    throw new TrustFailure(role, 'content', `its SHA-256 is ${sha256}, and should be ${announced.sha256}`);
  }
}
