/**
 * What the firmware, systemd-boot and the initrd would make of a disk. Nothing is booted.
 *
 * systemd-boot lists every `*.efi` of `/EFI/Linux` whose PE header and `.osrel` section can be read, and looks at no more of
 * it: a file that was cut short further back is listed, started, and fails. So a UKI under a final name must be whole. A file
 * without them is passed over. (boot.c: boot_entry_add_type2, boot_entry_compare)
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Partition } from '../../../src/disk/partition.ts';
import { slotUuids } from '../../../src/disk/root-hash.ts';
import { ToolError, UserError } from '../../../src/errors.ts';
import { type EspUki, readEsp } from '../../../src/inspect/esp.ts';
import type { Workshop } from '../../../src/inspect/workshop.ts';
import { compareVersions } from '../../../src/release-format/version-order.ts';
import { MIB } from '../../../src/units.ts';
import type { KnownPart, KnownVersion } from './known-version.ts';
import { partitionsOf } from './zones.ts';

export interface BootEntryView {
  readonly file: string;
  readonly version: string;
  readonly triesLeft: number | undefined;
}

/** Of no bytes. */
const EMPTY_SHA256 = createHash('sha256').digest('hex');

export interface BootView {
  /** In the order in which systemd-boot would take them. */
  readonly entries: readonly BootEntryView[];
  /** Why the disk would not start as it should; empty when it would. */
  readonly problems: readonly string[];
}

/** The UKIs of an ESP as far as they can be read, or why they cannot. */
export type EspView = { readonly ukis: readonly EspUki[] } | { readonly problem: string };

/** @param path A file with the ESP alone, or the disk with its place there, in bytes. */
export async function viewEsp(workshop: Workshop, path: string, offset = 0): Promise<EspView> {
  try {
    return { ukis: await readEsp(workshop, { disk: path, offset }) };
  } catch (error) {
    if (error instanceof ToolError) return { problem: `the ESP cannot be read: ${error.stderrTail}` };
    throw error;
  }
}

export interface BootExpectation {
  readonly versions: readonly KnownVersion[];
  /** What ran when the power went: it must be there, whatever else is. Undefined: nothing has to start. */
  readonly running: string | undefined;
  /** Whether a partition holds what is known; may remember. */
  readonly holds: (partition: Partition, part: KnownPart) => Promise<boolean>;
}

/** @param path The disk. */
export async function viewBoot(path: string, esp: EspView, expected: BootExpectation): Promise<BootView> {
  let partitions: readonly Partition[];
  try {
    partitions = await partitionsOf(path);
  } catch (error) {
    if (error instanceof UserError) return nothing(`${error.message}: ${error.seen}`, expected);
    throw error;
  }
  if ('problem' in esp) return nothing(esp.problem, expected);
  const problems: string[] = [];
  const entries: BootEntryView[] = [];
  const complete = new Set<string>();
  for (const { file, triesLeft, sha256, uki, ...named } of esp.ukis) {
    // vfat names a renamed file before it says where its content is: systemd-boot passes over an empty one.
    if (sha256 === EMPTY_SHA256) continue;
    if (uki === undefined) {
      problems.push(`${file} is no whole PE file`);
      continue;
    }
    // By what it says of itself: a file that lost its long name is started all the same.
    const version = uki.version ?? named.version ?? '';
    entries.push({ file, version, triesLeft });
    const known = expected.versions.find((each) => each.version === version);
    const problem =
      known === undefined ? `no such version` : await slotProblem(known, sha256, partitions, expected);
    if (problem === undefined) complete.add(file);
    else problems.push(`${file}: ${problem}`);
  }
  entries.sort(byPreference);
  const [first] = entries;
  if (first === undefined) problems.push(...nothing('the boot loader finds no version', expected).problems);
  else if (!complete.has(first.file)) problems.push(`what is started first, ${first.file}, is not complete`);
  const { running } = expected;
  if (
    running !== undefined &&
    !entries.some(({ file, version }) => version === running && complete.has(file))
  )
    problems.push(`version ${running}, which ran, is not complete`);
  return { entries, problems };
}

function nothing(why: string, { running }: BootExpectation): BootView {
  return { entries: [], problems: running === undefined ? [] : [why] };
}

async function slotProblem(
  known: KnownVersion,
  sha256: string,
  partitions: readonly Partition[],
  { holds }: BootExpectation,
): Promise<string | undefined> {
  if (sha256 !== known.uki.sha256) return `it is not the UKI of version ${known.version}`;
  const uuids = slotUuids(known.rootHash);
  for (const part of ['root', 'verity'] as const) {
    const partition = partitions.find(({ uuid }) => uuid === uuids[part]);
    if (partition === undefined) return `there is no partition ${uuids[part]}, its ${part}`;
    if (!(await holds(partition, known[part])))
      return `partition ${partition.number} does not hold its ${part}`;
  }
  return undefined;
}

/** Entries without tries left come last; then the newest first. */
function byPreference(left: BootEntryView, right: BootEntryView): number {
  const spent = Number(left.triesLeft === 0) - Number(right.triesLeft === 0);
  return spent !== 0 ? spent : compareVersions(right.version, left.version);
}

/** Compares the beginning of a partition with what is known of it: as strict as its verity tree, and as the tree itself. */
export async function holdsPart(disk: string, partition: Partition, part: KnownPart): Promise<boolean> {
  if (part.sizeBytes > partition.sizeBytes) return false;
  return (await digestPart(disk, partition, part.sizeBytes)) === part.sha256;
}

/** SHA-256, hexadecimal, of the beginning of a part of a file. */
export async function digestPart(
  path: string,
  { firstByte }: { readonly firstByte: number },
  sizeBytes: number,
): Promise<string> {
  const hash = createHash('sha256');
  const end = firstByte + sizeBytes - 1;
  for await (const chunk of createReadStream(path, { start: firstByte, end, highWaterMark: MIB }))
    hash.update(chunk);
  return hash.digest('hex');
}
