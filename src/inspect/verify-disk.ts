/** Checks a disk image by what it carries itself: partition table, UKIs, slots, verity trees. */
import { basename } from 'node:path';
import type { Partition } from '../disk/partition.ts';
import { slotUuids } from '../disk/root-hash.ts';
import { UserError } from '../errors.ts';
import { type Check, check, type Subject, unchecked } from './check.ts';
import { type DiskReading, readDisk } from './disk.ts';
import type { EspUki } from './esp.ts';
import type { Slot } from './slots.ts';
import { verifyPair } from './verify-tree.ts';
import type { Workshop } from './workshop.ts';

/** What is known of the disk from outside. */
export interface DiskExpectation {
  /** SHA-256 of the UKI that was put into the ESP. */
  readonly ukiSha256: string | undefined;
  readonly rootHash: string | undefined;
}

/**
 * Checks a raw disk.
 * @param path The disk's bytes.
 * @param original The file they come from: what to call the disk.
 */
export async function verifyDisk(
  workshop: Workshop,
  path: string,
  original: string,
  expected: DiskExpectation,
): Promise<readonly Check[]> {
  const name = basename(original);
  const claim = 'both partition tables are sound and equal';
  let disk: DiskReading;
  try {
    disk = await readDisk(workshop, path, original);
  } catch (error) {
    // Damage is a finding; something that never was a disk, by all that is known, is a mistake in the command.
    const damage = ['gpt-damaged', ...(expected.rootHash === undefined ? [] : ['not-gpt'])];
    if (error instanceof UserError && damage.includes(error.code))
      return [check({ file: name }, claim, `${error.message}: ${error.seen}`)];
    throw error;
  }
  const checks = [
    check({ file: name }, claim, disk.notes.length === 0 ? undefined : disk.notes.join('; ')),
    check({ file: name }, 'the ESP holds a UKI', espProblem(disk)),
    ...disk.ukis.flatMap((uki) => ukiChecks({ file: name, place: uki.file }, uki, disk.slots, expected)),
    check(
      { file: name },
      'there is a slot with a root',
      disk.slots.length > 0 ? undefined : 'no root partition',
    ),
  ];
  for (const slot of disk.slots) checks.push(...(await slotChecks(workshop, path, name, slot)));
  return checks;
}

function espProblem({ espProblem: problem, ukis }: DiskReading): string | undefined {
  return problem ?? (ukis.length > 0 ? undefined : 'there is none in /EFI/Linux: the disk cannot boot');
}

function ukiChecks(
  subject: Subject,
  { uki, problem, version, sha256 }: EspUki,
  slots: readonly Slot[],
  expected: DiskExpectation,
): readonly Check[] {
  if (uki === undefined) return [check(subject, 'is a UKI', problem ?? 'it cannot be read')];
  const rootClaim = 'names the root of a slot on this disk';
  const slot = slots.find((candidate) => candidate.version === version);
  const rootProblem =
    uki.rootHash === undefined
      ? 'its command line has no roothash='
      : slot === undefined
        ? `there is no slot of version ${version ?? '(none in its name)'}`
        : undefined;
  const contentClaim = 'kernel and initrd are those that were built';
  return [
    check(subject, rootClaim, rootProblem),
    expected.ukiSha256 === undefined
      ? unchecked(
          subject,
          contentClaim,
          'a UKI without a signature carries no digest of itself, and no manifest is beside it',
        )
      : check(
          subject,
          contentClaim,
          sha256 === expected.ukiSha256
            ? undefined
            : `its SHA-256 is ${sha256}, and should be ${expected.ukiSha256}`,
        ),
    ...(expected.rootHash === undefined
      ? []
      : [
          check(
            subject,
            'names the root hash of the manifest',
            uki.rootHash === expected.rootHash ? undefined : `it names ${uki.rootHash ?? 'none'}`,
          ),
        ]),
  ];
}

async function slotChecks(
  workshop: Workshop,
  path: string,
  name: string,
  slot: Slot,
): Promise<readonly Check[]> {
  const { root, verity, version } = slot;
  const subject = { file: name, place: `slot ${version}` };
  if (root === undefined || verity === undefined) {
    const missing = root === undefined ? `root_${version}` : `verity_${version}`;
    return [check(subject, 'has a root and a verity partition', `there is no partition ${missing}`)];
  }
  // Without a readable UKI the UUIDs still tell the root hash: they are its two halves.
  const rootHash = slot.rootHash ?? `${root.uuid}${verity.uuid}`.replaceAll('-', '');
  const extent = ({ firstByte, sizeBytes }: Partition) => ({ file: path, offset: firstByte, sizeBytes });
  return [
    check(subject, 'the partition UUIDs are the root hash', uuidProblem(slot, root, verity)),
    await verifyPair(workshop, {
      subject: { file: name, place: `partition ${root.number} (${root.label})` },
      data: extent(root),
      hashes: extent(verity),
      rootHash,
    }),
  ];
}

function uuidProblem(slot: Slot, root: Partition, verity: Partition): string | undefined {
  if (slot.rootHash === undefined) return 'no UKI names a root hash for this version';
  if (slot.uuidsMatch) return undefined;
  const wanted = slotUuids(slot.rootHash);
  return `root ${root.uuid} and verity ${verity.uuid}; they should be ${wanted.root} and ${wanted.verity}`;
}
