/** `snapshot.json`: the versions of all documents of targets, as they belong together (TUF specification, section 4.4). Pure. */
import { FormatError, object } from '../../../release-format/value.ts';
import { type AnnouncedFile, readAnnouncedFile } from './announced-file.ts';
import { type Document, readDocument } from './document.ts';

export interface Snapshot {
  readonly targets: AnnouncedFile;
  /** Every document by its name, `targets.json` among them. */
  readonly all: ReadonlyMap<string, AnnouncedFile>;
}

/** @throws {TrustFailure} of the kind `format`. */
export function readSnapshot(bytes: Uint8Array): Document<Snapshot> {
  return readDocument('snapshot', bytes, (signed) => {
    const all = new Map(
      Object.entries(object(signed.meta, 'meta')).map(([name, value]) => [
        name,
        readAnnouncedFile(value, `meta[${JSON.stringify(name.slice(0, 40))}]`),
      ]),
    );
    const targets = all.get('targets.json');
    if (targets === undefined) throw new FormatError('meta has no targets.json');
    return { targets, all };
  });
}
