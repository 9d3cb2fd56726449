/** What must fit before anything is written. */

import type { Release } from '../../../release-format/release.ts';
import { formatSize, MIB } from '../../../units.ts';
import type { Host } from '../../host.ts';
import { UpdateFailure } from '../failure.ts';
import { type BootEntry, ENTRY_FOLDER, ESP, freeBytes } from '../slots/boot-entries.ts';
import type { Slot } from '../slots/slots.ts';

/** The ESP's file system itself needs a little for names and its table. */
const ESP_MARGIN_BYTES = 1 * MIB;
/** /var belongs to the machine's work: it is never filled to the brim. */
const VAR_MARGIN_BYTES = 64 * MIB;

/**
 * Checks that the passive slot is large enough, and that the UKI will fit into the ESP.
 * @param replaced UKIs that go before it comes.
 * @throws {UpdateFailure} with sizes.
 */
export function checkSlotAndEsp(
  host: Host,
  release: Release,
  passive: Slot,
  replaced: readonly BootEntry[],
): void {
  for (const part of ['root', 'verity'] as const) {
    const [needed, there] = [release.parts[part].sizeBytes, passive[part].sizeBytes];
    if (needed <= there) continue;
    throw new UpdateFailure(
      `version ${release.version} does not fit: its ${part} has ${formatSize(needed)}, and ${passive[part].device} has ${formatSize(there)}`,
      { next: 'install the machine again, with an image whose partitions are larger' },
    );
  }
  const gone = replaced.reduce((sum, { file }) => sum + sizeOf(host, `${ENTRY_FOLDER}/${file}`), 0);
  const there = freeBytes(host, ESP) + gone;
  const needed = release.parts.uki.sizeBytes + ESP_MARGIN_BYTES;
  if (needed > there) {
    throw new UpdateFailure(
      `the ESP is full: the UKI of version ${release.version} needs ${formatSize(needed)}, and ${formatSize(there)} are or become free`,
      { next: `look at ${ESP} for files that do not belong there` },
    );
  }
}

/** @param neededBytes What will be kept in `folder`, besides what is there already. @throws {UpdateFailure} */
export function checkVar(host: Host, folder: string, neededBytes: number): void {
  const there = freeBytes(host, folder);
  if (neededBytes + VAR_MARGIN_BYTES <= there) return;
  throw new UpdateFailure(
    `/var is too full: the download needs ${formatSize(neededBytes)} and ${formatSize(VAR_MARGIN_BYTES)} to spare, and ${formatSize(there)} are free`,
    { next: 'make room in /var; the update is tried again by itself', passing: true },
  );
}

export function sizeOf(host: Host, path: string): number {
  const size = Number(host.run(['stat', '-c', '%s', '--', path]).stdout.trim());
  return Number.isFinite(size) ? size : 0;
}
