/** Which slot is written, and what an earlier version's UKIs become. Pure. */
import { compareVersions } from '../release-format/version-order.ts';
import { formatSize, MIB } from '../units.ts';
import { type BasaltLayout, bootable, type LayoutSlot, type LayoutUki } from './disks/layout.ts';
import type { InstallSource } from './source.ts';

export interface SlotPlan {
  readonly target: LayoutSlot;
  /** Boots until the new version is complete; undefined when nothing on the disk does. */
  readonly kept: LayoutSlot | undefined;
  /** Removed before the target is written: what they start is overwritten, or cannot start anyway. */
  readonly removedFirst: readonly LayoutUki[];
  /** Removed when the new version is complete, because the boot loader would start them instead of it. */
  readonly removedLast: readonly LayoutUki[];
  /** Emptied in the end, since it is not older than what is installed. */
  readonly freed: LayoutSlot | undefined;
}

/** What an ESP holds besides UKIs, generously: boot loader, configuration, the file system's own. */
const ESP_BESIDES_BYTES = 8 * MIB;

/** On a disk that was partitioned just now. */
export function planEmptyDisk({ slots }: BasaltLayout): SlotPlan | undefined {
  const [target] = slots;
  return target && { target, kept: undefined, removedFirst: [], removedLast: [], freed: undefined };
}

/**
 * On a disk whose /var stays. The version that is most likely to start stays too, as when a machine updates itself, so
 * that a power cut leaves a machine that runs.
 */
export function planKeptVar(layout: BasaltLayout, version: string): SlotPlan | undefined {
  const { slots, ukis } = layout;
  const kept = [...bootable(layout)].sort(
    (left, right) => trust(right, ukis) - trust(left, ukis) || order(right, left),
  )[0];
  const target = slots.find((slot) => slot !== kept);
  if (target === undefined) return undefined;
  const keptUkis = ukis.filter((uki) => uki.version === kept?.version);
  // systemd-boot starts the newest: one that is newer than what is installed now must go, and so must its twin.
  const freed = kept !== undefined && compareVersions(kept.version ?? '', version) >= 0 ? kept : undefined;
  return {
    target,
    kept,
    removedFirst: ukis.filter((uki) => !keptUkis.includes(uki)),
    removedLast: freed === undefined ? [] : keptUkis,
    freed,
  };
}

/** Why /var cannot be kept, as a sentence without a full stop; undefined when it can. */
export function whyNotKept(
  layout: BasaltLayout | undefined,
  varFileSystem: string | undefined,
  source: Pick<InstallSource, 'root' | 'verity' | 'uki' | 'version'>,
): string | undefined {
  if (layout === undefined) return 'it has no Basalt';
  if (layout.var === undefined) return 'it has no /var: the system on it never started';
  if (varFileSystem !== 'ext4') return `its /var holds ${varFileSystem ?? 'no file system'}, not ext4`;
  const plan = planKeptVar(layout, source.version);
  if (plan === undefined || layout.slots.length < 2) return 'it has only one slot for the system';
  for (const [name, needed] of [
    ['root', source.root.sizeBytes],
    ['verity', source.verity.sizeBytes],
  ] as const) {
    const there = plan.target[name].sizeBytes;
    if (there < needed)
      return `version ${source.version} does not fit: its ${name} has ${formatSize(needed)}, and the slot ${formatSize(there)}`;
  }
  const besides = layout.ukis
    .filter((uki) => !plan.removedFirst.includes(uki))
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, ESP_BESIDES_BYTES);
  const free = layout.esp.sizeBytes - besides;
  return free >= source.uki.sizeBytes
    ? undefined
    : `its ESP of ${formatSize(layout.esp.sizeBytes)} has no room for a UKI of ${formatSize(source.uki.sizeBytes)} beside the one that is there`;
}

/** Marked good, then with tries left, then given up. */
function trust({ version }: LayoutSlot, ukis: readonly LayoutUki[]): number {
  const ranks = ukis
    .filter((uki) => uki.version === version)
    .map(({ triesLeft }) => (triesLeft === undefined ? 2 : Math.min(triesLeft, 1)));
  return Math.max(...ranks);
}

function order(left: LayoutSlot, right: LayoutSlot): number {
  return compareVersions(left.version ?? '', right.version ?? '');
}
