/** `timestamp.json`: which snapshot is the newest (TUF specification, section 4.6). Pure. */
import { FormatError, object } from '../../../release-format/value.ts';
import { type AnnouncedFile, readAnnouncedFile } from './announced-file.ts';
import { type Document, readDocument } from './document.ts';

export interface Timestamp {
  readonly snapshot: AnnouncedFile;
}

/** @throws {TrustFailure} of the kind `format`. */
export function readTimestamp(bytes: Uint8Array): Document<Timestamp> {
  return readDocument('timestamp', bytes, (signed) => {
    const { 'snapshot.json': snapshot, ...others } = object(signed.meta, 'meta');
    const [other] = Object.keys(others);
    if (other !== undefined) {
      throw new FormatError(
        `meta has ${JSON.stringify(other.slice(0, 40))}; only snapshot.json belongs there`,
      );
    }
    return { snapshot: readAnnouncedFile(snapshot, 'meta["snapshot.json"]') };
  });
}
