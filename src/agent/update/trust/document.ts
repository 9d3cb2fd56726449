/** A signed document, read but not yet trusted (TUF specification, sections 4.2 and 4.3). Pure. */
import { canonicalize } from '@tufjs/canonical-json/lib/index.js';
import { encodeUtf8 } from '../../../cloud-config/base64.ts';
import { array, FormatError, object, string } from '../../../release-format/value.ts';
import { hexadecimal, positiveInteger } from './fields.ts';
import { parseUntrustedJson } from './json.ts';
import { type RoleName, TrustFailure } from './trust-failure.ts';

export interface Document<T> {
  readonly role: RoleName;
  readonly version: number;
  /** As it was written: `2027-01-31T00:00:00Z`. */
  readonly expires: string;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
  /** What this role says. */
  readonly says: T;
  /** By key id. */
  readonly signatures: ReadonlyMap<string, string>;
  /** What was signed: the canonical form of what it says. Costs time, so only who needs it asks. */
  message(): Uint8Array;
  /** The whole file as it came. */
  readonly bytes: Uint8Array;
}

/** Longer lists would only cost time. */
const MAXIMUM_SIGNATURES = 64;

/**
 * @param read Reads what the role says besides what all documents have.
 * @throws {TrustFailure} of the kind `format`.
 */
export function readDocument<T>(
  role: RoleName,
  bytes: Uint8Array,
  read: (signed: Readonly<Record<string, unknown>>) => T,
): Document<T> {
  try {
    const file = object(parseUntrustedJson(bytes), 'the file');
    const signed = object(file.signed, 'signed');
    checkKind(role, signed);
    const expires = string(signed.expires, 'expires');
    let message: Uint8Array | undefined;
    return {
      role,
      version: positiveInteger(signed.version, 'version'),
      expires,
      expiresMs: timeOf(expires),
      says: read(signed),
      signatures: readSignatures(file.signatures),
      message: () => {
        message ??= canonicalBytes(role, signed);
        return message;
      },
      bytes,
    };
  } catch (error) {
    if (error instanceof FormatError) throw new TrustFailure(role, 'format', error.message);
    throw error;
  }
}

function checkKind(role: RoleName, signed: Readonly<Record<string, unknown>>): void {
  if (signed._type !== role) {
    throw new FormatError(`its type is ${shown(signed._type)}, and should be ${role}`);
  }
  const version = signed.spec_version;
  if (typeof version !== 'string' || !/^1\.[0-9]{1,6}(?:\.[0-9]{1,6})?$/.test(version)) {
    throw new FormatError(
      `it follows version ${shown(version)} of TUF's specification; this program knows version 1`,
    );
  }
}

function readSignatures(value: unknown): ReadonlyMap<string, string> {
  const list = array(value, 'signatures');
  if (list.length > MAXIMUM_SIGNATURES) {
    throw new FormatError(`it has ${list.length} signatures; at most ${MAXIMUM_SIGNATURES} are read`);
  }
  const signatures = new Map<string, string>();
  for (const [index, item] of list.entries()) {
    const at = `signatures[${index}]`;
    const fields = object(item, at);
    const keyId = hexadecimal(fields.keyid, 64, `${at}.keyid`);
    if (signatures.has(keyId)) throw new FormatError(`it has two signatures of the key ${keyId}`);
    signatures.set(keyId, string(fields.sig, `${at}.sig`));
  }
  return signatures;
}

function canonicalBytes(role: RoleName, signed: unknown): Uint8Array {
  try {
    return encodeUtf8(canonicalize(signed));
  } catch {
    // Fractions, which canonical JSON does not have.
    throw new TrustFailure(role, 'format', 'it has a number that canonical JSON cannot have');
  }
}

/** The one form that the specification has (section 4.2.1): UTC, to the second. */
function timeOf(text: string): number {
  const ms = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  // Days that no month has would become those of the next.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text.slice(0, -1))) {
    throw new FormatError(`expires is ${shown(text)}, and should be a time such as 2027-01-31T00:00:00Z`);
  }
  return ms;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 60);
}
