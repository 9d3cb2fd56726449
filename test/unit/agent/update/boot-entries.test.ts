import { expect, test } from 'vitest';
import {
  newEntryName,
  parseEntry,
  refusedEntryName,
} from '../../../../src/agent/update/slots/boot-entries.ts';

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
