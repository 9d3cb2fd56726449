import { expect, test } from 'vitest';
import { entryOf, parseEntries } from '../../../src/install/firmware.ts';

test("efibootmgr's entries are read, of old and new versions", () => {
  const text = [
    'BootCurrent: 0001',
    'Timeout: 0 seconds',
    'BootOrder: 0003,0001',
    'Boot0001* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x3,0x0)/MAC(525400123456,1)/IPv4(0.0.0.0)',
    'Boot0003* Basalt\tHD(1,GPT,D51D312B-8267-4B4E-9C21-3AC1A22C5944,0x800,0x100000)/File(\\EFI\\systemd\\systemd-bootx64.efi)',
    'Boot000A  Basalt\tHD(1,GPT,0ee7e135-d5de-43d0-8143-88f65a56ea4d,0x800,0x100000)/\\EFI\\systemd\\systemd-bootx64.efi',
    '      dp: 04 01 2a 00 / 7f ff 04 00',
  ].join('\n');
  expect(parseEntries(text)).toEqual([
    { number: '0001', label: 'UEFI PXEv4 (MAC:525400123456)', partition: undefined },
    { number: '0003', label: 'Basalt', partition: 'd51d312b-8267-4b4e-9c21-3ac1a22c5944' },
    { number: '000A', label: 'Basalt', partition: '0ee7e135-d5de-43d0-8143-88f65a56ea4d' },
  ]);
});

test('the entry that a machine goes on with: Basalt, its partition is here, the first in the order', () => {
  const [one, two, gone] = ['a', 'b', 'c'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
  const entry = (number: string, label: string, partition = '') =>
    `Boot${number}* ${label}\tHD(1,GPT,${partition.toUpperCase()},0x800,0x100000)/\\EFI\\x.efi`;
  const listed = [
    'BootOrder: 0001,0005,0004',
    entry('0001', 'Other', one),
    entry('0002', 'Basalt', gone),
    entry('0003', 'Basalt', two),
    entry('0004', 'Basalt', two),
    entry('0005', 'Basalt', one),
    'Boot0006* Basalt\tPciRoot(0x0)/MAC(525400123456,1)',
  ].join('\n');
  const present = (...uuids: (string | undefined)[]) => new Set(uuids.map((uuid) => uuid ?? ''));
  expect(entryOf(listed, present(one, two))).toBe('0005');
  expect(entryOf(listed, present(two))).toBe('0004');
  expect(entryOf(listed, present('d'))).toBeUndefined();
  expect(entryOf('BootCurrent: 0001\n', present(one))).toBeUndefined();
});
