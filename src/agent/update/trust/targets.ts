/** `targets.json`: the files that a machine may fetch (TUF specification, section 4.5). Delegations are not followed. Pure. */
import { object, size } from '../../../release-format/value.ts';
import { readSha256 } from './announced-file.ts';
import { type Document, readDocument } from './document.ts';

export interface Target {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** By path. */
export type Targets = ReadonlyMap<string, Target>;

/** @throws {TrustFailure} of the kind `format`. */
export function readTargets(bytes: Uint8Array): Document<Targets> {
  return readDocument('targets', bytes, (signed) => {
    const targets = new Map<string, Target>();
    for (const [path, value] of Object.entries(object(signed.targets, 'targets'))) {
      const at = `targets[${JSON.stringify(path.slice(0, 80))}]`;
      const fields = object(value, at);
      targets.set(path, {
        sizeBytes: size(fields.length, `${at}.length`),
        sha256: readSha256(fields.hashes, `${at}.hashes`),
      });
    }
    return targets;
  });
}
