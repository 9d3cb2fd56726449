/** `timestamp.json`: which snapshot is the newest (TUF specification, section 4.6). Pure. */
import { object } from '../../../release-format/value.ts';
import { type AnnouncedFile, readAnnouncedFile } from './announced-file.ts';
import { type Document, readDocument } from './document.ts';

export interface Timestamp {
  readonly snapshot: AnnouncedFile;
}

/** @throws {TrustFailure} of the kind `format`. */
export function readTimestamp(bytes: Uint8Array): Document<Timestamp> {
  return readDocument('timestamp', bytes, (signed) => ({
    snapshot: readAnnouncedFile(object(signed.meta, 'meta')['snapshot.json'], 'meta["snapshot.json"]'),
  }));
}
