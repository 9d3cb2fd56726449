import { expect, test } from 'vitest';
import {
  bootEntries,
  newEntryName,
  parseEntry,
  refusedEntryName,
  removeEntries,
} from '../../../../src/agent/update/slots/boot-entries.ts';
import { slotMachine } from '../../../support/slot-machine.ts';

test.each([
  ['basalt_1.2.0.efi', '1.2.0', undefined],
  ['basalt_1.2.0+3-0.efi', '1.2.0', { left: 3, done: 0 }],
  ['basalt_1.2.0+2-1.efi', '1.2.0', { left: 2, done: 1 }],
  ['basalt_1.2.0+1.efi', '1.2.0', { left: 1, done: 0 }],
  ['basalt_1.0-2~rc1+0-3.efi', '1.0-2~rc1', { left: 0, done: 3 }],
])('%s is version %s', (file, version, tries) => {
  expect(parseEntry(file)).toEqual({ file, version, tries });
});

test.each(['other.efi', 'basalt_2.new', 'basalt_.efi', 'basalt_2+x.efi.new', 'BASALT~1.EFI'])(
  '%s is none of ours',
  (file) => {
    expect(parseEntry(file)).toBeUndefined();
  },
);

test('names are read as they are written', () => {
  expect(parseEntry(newEntryName('20261122', 3))?.tries).toEqual({ left: 3, done: 0 });
  const good = { file: 'basalt_1.efi', version: '1', tries: undefined };
  expect(parseEntry(refusedEntryName(good))).toMatchObject({ version: '1', tries: { left: 0, done: 1 } });
  const waiting = { file: 'basalt_1+3-0.efi', version: '1', tries: { left: 3, done: 0 } };
  expect(parseEntry(refusedEntryName(waiting))?.tries).toEqual({ left: 0, done: 4 });
});

test('a removed entry loses its name, on the disk, before its content goes', () => {
  const flushed: string[][] = [];
  const { host } = slotMachine({
    entries: { 'basalt_1.efi': 'one', 'basalt_2.efi': 'two' },
    programs: {
      // Only fsync(2), of a folder here, has vfat empty the disk's cache.
      sync: (command, _, on) => {
        if (!command.includes('--file-system')) flushed.push(on.list('/boot/EFI/Linux/'));
        return {};
      },
    },
  });
  removeEntries(
    host,
    bootEntries(host).filter(({ version }) => version === '2'),
  );
  expect(flushed).toEqual([['basalt_1.efi', 'basalt_2.efi.new'], ['basalt_1.efi']]);
});
