import { expect, test } from 'vitest';
import { mergeSignatures, parseBlkid, parseWipefs } from '../../../../src/install/disks/signatures.ts';

test("blkid's lines are read, with what it escapes", () => {
  const values = parseBlkid('DEVNAME=/dev/sda\nLABEL=my\\ data\\=1\nTYPE=ext4\n');
  expect(values.get('LABEL')).toBe('my data=1');
  expect(mergeSignatures(values, [])).toEqual({ types: ['ext4'], table: undefined, label: 'my data=1' });
});

test('wipefs writes nothing where nothing is', () => {
  expect(parseWipefs('\n')).toEqual([]);
  expect(parseWipefs('{}')).toEqual([]);
});

test('what only wipefs sees is told, and tables are no contents', () => {
  const wipefs = parseWipefs(
    '{"signatures":[{"type":"gpt"},{"type":"gpt"},{"type":"PMBR"},{"type":"zfs_member","label":"tank"},{"type":"zfs_member"},{"type":"LVM2_member"}]}',
  );
  expect(mergeSignatures(parseBlkid(''), wipefs)).toEqual({
    types: ['zfs_member', 'LVM2_member'],
    table: 'gpt',
    label: undefined,
  });
});

test('what blkid says comes first', () => {
  expect(
    mergeSignatures(parseBlkid('TYPE=linux_raid_member\n'), ['ext4', 'linux_raid_member']).types,
  ).toEqual(['linux_raid_member', 'ext4']);
});

test('a boot sector of a file system is no table', () => {
  expect(mergeSignatures(parseBlkid('TYPE=vfat\n'), ['vfat']).table).toBeUndefined();
  expect(mergeSignatures(parseBlkid('PTTYPE=dos\n'), ['dos'])).toMatchObject({ types: [], table: 'dos' });
});
