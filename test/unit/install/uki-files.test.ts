import { expect, test } from 'vitest';
import { newUkiPath, removalsOf, unfinishedUkiPath } from '../../../src/install/uki-files.ts';

test('a UKI that is not finished has a name that the boot loader passes over', () => {
  expect(newUkiPath('1.2.0')).toBe('EFI/Linux/basalt_1.2.0+3-0.efi');
  expect(unfinishedUkiPath('1.2.0')).not.toMatch(/\.efi$/);
});

test('names go before contents', () => {
  expect(removalsOf([{ file: 'a.efi' }, { file: 'b.efi' }])).toEqual([
    { kind: 'rename', from: 'EFI/Linux/a.efi', to: 'EFI/Linux/a.efi.new' },
    { kind: 'rename', from: 'EFI/Linux/b.efi', to: 'EFI/Linux/b.efi.new' },
    { kind: 'remove', path: 'EFI/Linux/a.efi.new' },
    { kind: 'remove', path: 'EFI/Linux/b.efi.new' },
  ]);
});
