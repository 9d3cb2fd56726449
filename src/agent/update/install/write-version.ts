/**
 * Writes a version to the passive slot, in an order that a power cut at any moment survives: what ran before stays what
 * is started until the very last step, the new UKI's final name.
 */
import { slotUuids } from '../../../disk/root-hash.ts';
import type { Release } from '../../../release-format/release.ts';
import { type Host, HostError } from '../../host.ts';
import { UpdateFailure } from '../failure.ts';
import {
  bootEntries,
  ENTRY_FOLDER,
  entriesOf,
  flushEsp,
  newEntryName,
  removeEntries,
  removeUnfinished,
  renameEntry,
  unfinishedPath,
} from '../slots/boot-entries.ts';
import { renamePartitions, repairTable } from '../slots/disk-table.ts';
import { EMPTY_LABEL, findSlots, type Slot } from '../slots/slots.ts';
import { changeUpdateState, timestamp } from '../state.ts';
import type { FetchedParts } from './fetch-parts.ts';
import { checkSlotAndEsp } from './preflight.ts';
import { digestOnDisk, unpackToDevice, unpackToFile } from './zstd.ts';

/**
 * @param tries How often it may be started before the machine falls back.
 * @returns The slot that has it now.
 * @throws {UpdateFailure|HostError} when the slot does not hold what it should: then no boot entry leads to it.
 */
export function writeVersion(
  host: Host,
  release: Release,
  { packed }: FetchedParts,
  running: string,
  tries: number,
): Slot {
  const { version, rootHash, parts } = release;
  const { table, passive } = findSlots(host);
  // Everything but what runs: the passive slot's, and leftovers without a slot.
  const replaced = bootEntries(host).filter((entry) => entry.version !== running);
  checkSlotAndEsp(host, release, passive, replaced);
  changeUpdateState(host, { work: { version, step: 'write', at: timestamp(host) }, installed: undefined });

  // 1. Nothing leads to the slot any more.
  removeUnfinished(host);
  removeEntries(host, replaced);
  const named = (label: string, uuid?: string) => (uuid === undefined ? { label } : { label, uuid });
  repairTable(host, table);
  const emptied = renamePartitions(
    host,
    findSlots(host).table,
    new Map([passive.verity, passive.root].map(({ number }) => [number, named(EMPTY_LABEL)])),
  );

  // 2. Its content, read back from the disk.
  for (const part of ['verity', 'root'] as const) {
    const { device } = passive[part];
    host.log('info', `update: writing the ${part} of version ${version} to ${device}`);
    unpackToDevice(host, packed[part], device);
    if (digestOnDisk(host, device, parts[part].sizeBytes) !== parts[part].sha256)
      throw damaged(`${device} does not hold what was written to it`);
  }

  // 3. Its name.
  const uuids = slotUuids(rootHash);
  renamePartitions(
    host,
    emptied,
    new Map([
      [passive.verity.number, named(`verity_${version}`, uuids.verity)],
      [passive.root.number, named(`root_${version}`, uuids.root)],
    ]),
  );

  // 4. The UKI, under a name that the boot loader passes over.
  const unfinished = unfinishedPath(version);
  unpackToFile(host, packed.uki, unfinished);
  flushEsp(host);
  if (digestOnDisk(host, unfinished, parts.uki.sizeBytes) !== parts.uki.sha256) {
    host.remove(unfinished);
    throw damaged(`${unfinished} does not hold what was written to it`);
  }

  // 5. Its final name: from here on it is what starts next.
  changeUpdateState(host, { installed: { version, at: timestamp(host), starts: [] } });
  const entry = newEntryName(version, tries);
  renameEntry(host, unfinished.slice(ENTRY_FOLDER.length + 1), entry);
  changeUpdateState(host, { work: undefined });
  host.run(['udevadm', 'trigger', '--action=change', '--', passive.root.device, passive.verity.device]);
  const written = findSlots(host).passive;
  if (written.version !== version || entriesOf(bootEntries(host), version).length !== 1)
    throw new HostError(
      `write version ${version}`,
      `slot ${written.name} says it has ${written.version ?? 'nothing'}`,
    );
  return written;
}

function damaged(seen: string): UpdateFailure {
  return new UpdateFailure(`${seen}: the disk loses data`, {
    next: 'what runs is not touched; look at the disk: journalctl -k -p warning, smartctl',
  });
}
