import { expect, test } from 'vitest';
import { partitionTypes } from '../../../src/disk/partition-types.ts';
import { slotUuids } from '../../../src/disk/root-hash.ts';
import type { DiskPartition } from '../../../src/inspect/disk-partition.ts';
import type { EspUki } from '../../../src/inspect/esp.ts';
import { slotsOf } from '../../../src/inspect/slots.ts';
import { rootHash } from './pe-file.ts';

function partition(number: number, typeGuid: string, label: string, uuid: string): DiskPartition {
  const content = { kind: 'unknown', usedBytes: undefined } as const;
  return { number, typeGuid, label, uuid, firstByte: 0, sizeBytes: 1, attributes: [], type: '', content };
}

function entry(version: string, hash: string): EspUki {
  const uki = {
    sizeBytes: 1,
    kernelRelease: '6',
    commandLine: '',
    rootHash: hash,
    version,
    title: undefined,
    kernelBytes: 1,
    initrdBytes: 1,
  };
  const id = `basalt_${version}`;
  return {
    id,
    version,
    triesLeft: 3,
    triesDone: 0,
    file: `${id}+3-0.efi`,
    sha256: '',
    uki,
    problem: undefined,
  };
}

const { rootX8664: root, rootX8664Verity: verity, esp } = partitionTypes;
const uuids = slotUuids(rootHash);
const slotA = [
  partition(1, esp.guid, 'esp', 'e'),
  partition(2, verity.guid, 'verity_1.0', uuids.verity),
  partition(3, root.guid, 'root_1.0', uuids.root),
];

test('partitions of one version are a slot, with the UKI of that version', () => {
  const free = [partition(4, verity.guid, '_empty', 'x'), partition(5, root.guid, '_empty', 'y')];
  const slots = slotsOf([...slotA, ...free], [entry('1.0', rootHash)]);
  expect(slots.map(({ version, uki, uuidsMatch }) => ({ version, uki, uuidsMatch }))).toEqual([
    { version: '1.0', uki: 'basalt_1.0+3-0.efi', uuidsMatch: true },
  ]);
});

test('other UUIDs, a missing half and a missing UKI are seen', () => {
  const other = rootHash.replace('0', '1');
  expect(slotsOf(slotA, [entry('1.0', other)])[0]?.uuidsMatch).toBe(false);
  expect(slotsOf(slotA.slice(0, 2), [entry('1.0', rootHash)])[0]).toMatchObject({
    root: undefined,
    uuidsMatch: false,
  });
  expect(slotsOf(slotA, [entry('2.0', rootHash)])[0]).toMatchObject({
    uki: undefined,
    rootHash: undefined,
    uuidsMatch: undefined,
  });
});
