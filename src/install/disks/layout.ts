/** A disk that Basalt was installed to: its ESP, slots and /var, and which versions boot. */
import { readPartitionTable } from '../../disk/gpt.ts';
import type { ReadBytes } from '../../disk/gpt-header.ts';
import type { Partition } from '../../disk/partition.ts';
import { partitionTypes } from '../../disk/partition-types.ts';
import { UserError } from '../../errors.ts';
import { type BootEntryName, parseEntryName } from '../../inspect/boot-entry.ts';
import { compareVersions } from '../../release-format/version-order.ts';
import type { DiskShape } from '../block-device.ts';
import type { BasaltFound } from '../disk.ts';
import { listFatFolder } from '../esp/fat.ts';

/** Label of a slot without a version, sysupdate.d(5). */
export const EMPTY_LABEL = '_empty';
/** Before the version in the label of a root that is being installed: no longer than `verity_`, so it fits too. */
export const BEGUN_PREFIX = 'begun_';
/** Where systemd-boot looks for UKIs: "Boot Loader Specification", type #2. */
export const UKI_FOLDER = 'EFI/Linux';

/** Where a version is, or may be. */
export interface LayoutSlot {
  readonly root: Partition;
  readonly verity: Partition;
  /** By both labels; undefined when it is empty or half written. */
  readonly version: string | undefined;
}

/** A UKI of Basalt. */
export interface LayoutUki extends BootEntryName {
  readonly file: string;
  readonly version: string;
  readonly sizeBytes: number;
}

export interface BasaltLayout {
  readonly esp: Partition;
  /** In the table's order: A, B. */
  readonly slots: readonly LayoutSlot[];
  readonly var: Partition | undefined;
  /** Those that are not empty files. */
  readonly ukis: readonly LayoutUki[];
  /** The version of an installation that did not come to its end. */
  readonly begun: string | undefined;
}

/** The partitions of a disk; undefined without a GUID partition table that can be trusted. */
export async function partitionsOn(
  read: ReadBytes,
  { path, sizeBytes, sectorBytes }: DiskShape,
): Promise<readonly Partition[] | undefined> {
  try {
    const table = await readPartitionTable(read, { name: path, sizeBytes, sectorSizes: [sectorBytes] });
    return table.partitions.filter(
      (partition) => partition.sizeBytes > 0 && partition.firstByte + partition.sizeBytes <= sizeBytes,
    );
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Finds Basalt's layout among partitions. @returns Undefined when it is none. */
export async function readLayout(
  read: ReadBytes,
  partitions: readonly Partition[],
): Promise<BasaltLayout | undefined> {
  const ofType = ({ guid }: { readonly guid: string }) =>
    partitions.filter(({ typeGuid }) => typeGuid === guid);
  const roots = ofType(partitionTypes.rootX8664);
  const verities = ofType(partitionTypes.rootX8664Verity);
  const [esp] = ofType(partitionTypes.esp);
  const slots = roots.flatMap((root, index): LayoutSlot[] => {
    const verity = verities[index];
    return verity === undefined ? [] : [{ root, verity, version: versionOf(root, verity) }];
  });
  const ours = [...roots, ...verities].filter(({ label }) => /^(root_|verity_|begun_|_empty$)/.test(label));
  if (esp === undefined || slots.length === 0 || ours.length === 0) return undefined;
  const ukis = await ukisOf(read, esp);
  const marked = roots.find(({ label }) => label.startsWith(BEGUN_PREFIX))?.label.slice(BEGUN_PREFIX.length);
  // Named, and without a UKI: the last step of an installation, or of an update, is missing.
  const named = slots.find(
    ({ version }) => version !== undefined && !ukis.some((uki) => uki.version === version),
  );
  return {
    esp,
    slots,
    var: ofType(partitionTypes.var)[0],
    ukis,
    begun: marked ?? named?.version,
  };
}

/** What people are told of a layout. Pure. */
export function foundOf(layout: BasaltLayout): BasaltFound {
  const versions = bootable(layout).map(({ version }) => version ?? '');
  return {
    versions: versions.sort((left, right) => compareVersions(right, left)),
    interrupted: layout.begun !== undefined || versions.length === 0,
    ...(layout.begun === undefined ? {} : { interruptedVersion: layout.begun }),
    hasVar: layout.var !== undefined,
  };
}

/** The slots whose version has a UKI. Pure. */
export function bootable({ slots, ukis }: BasaltLayout): readonly LayoutSlot[] {
  return slots.filter(({ version }) => version !== undefined && ukis.some((uki) => uki.version === version));
}

async function ukisOf(read: ReadBytes, { firstByte, sizeBytes }: Partition): Promise<readonly LayoutUki[]> {
  const within: ReadBytes = (offset, length) =>
    read(firstByte + offset, Math.max(0, Math.min(length, sizeBytes - offset)));
  const entries = (await listFatFolder(within, UKI_FOLDER)) ?? [];
  return entries.flatMap((entry): LayoutUki[] => {
    const { version, ...name } = parseEntryName(entry.name);
    const isUki = !entry.isFolder && entry.sizeBytes > 0 && /^basalt_.*\.efi$/.test(entry.name);
    return isUki && version !== undefined
      ? [{ ...name, version, file: entry.name, sizeBytes: entry.sizeBytes }]
      : [];
  });
}

function versionOf(root: Partition, verity: Partition): string | undefined {
  const version = /^root_(.+)$/.exec(root.label)?.[1];
  return version !== undefined && verity.label === `verity_${version}` ? version : undefined;
}
