/** Checks a root file system against its verity tree. */
import { type Extent, verifyTree } from '../tools/veritysetup.ts';
import { formatSize } from '../units.ts';
import { type Check, check, type Subject } from './check.ts';
import { withFile } from './file-reader.ts';
import { recognise } from './file-system.ts';
import { type Workshop, withFolder } from './workshop.ts';

/** dm-verity's block size, as veritysetup's defaults make it. */
const BLOCK_BYTES = 4096;

/** A root and its hashes, as parts of files. */
export interface VerityPair {
  readonly subject: Subject;
  readonly data: Extent;
  readonly hashes: Extent;
  readonly rootHash: string;
}

/** Checks every block of the root, and names the first bad one. */
export async function verifyPair(workshop: Workshop, pair: VerityPair): Promise<Check> {
  const { subject, data, hashes, rootHash } = pair;
  const claim = 'every block matches the verity tree and the root hash';
  const content = await withFile(hashes.file, ({ read }) =>
    recognise((offset, length) => read(hashes.offset + offset, length)),
  );
  if (content.kind !== 'dm-verity')
    return check(subject, claim, `the verity partition has no dm-verity superblock (found: ${content.kind})`);
  if (content.dataBytes > data.sizeBytes) {
    return check(
      subject,
      claim,
      `the hashes are for ${formatSize(content.dataBytes)}, and the root has ${formatSize(data.sizeBytes)}`,
    );
  }
  const toolbox = await workshop.toolbox();
  const verdict = await withFolder(workshop, (folder) =>
    verifyTree(
      toolbox,
      { data: { ...data, sizeBytes: content.dataBytes }, hashes, rootHash, folder },
      workshop.signal,
    ),
  );
  if (verdict.ok) return check(subject, claim, undefined);
  const { badByte, reason } = verdict;
  if (badByte === undefined) return check(subject, claim, reason.replaceAll('\n', ' '));
  const inDisk = data.offset === 0 ? '' : `, byte ${data.offset + badByte} of the disk`;
  return check(
    subject,
    claim,
    `block ${badByte / BLOCK_BYTES} is not what its hash says (byte ${badByte} of the root${inDisk})`,
  );
}
