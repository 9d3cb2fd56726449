import { expect, test } from 'vitest';
import { copyCommand, listCommand } from '../../../src/tools/mtools.ts';

test('the offset of the file system follows the disk’s name', () => {
  expect(listCommand(1048576, '/EFI/Linux')).toEqual([
    'mdir',
    '-b',
    '-i',
    '/in/disk@@1048576',
    '::/EFI/Linux',
  ]);
  expect(copyCommand(512, '/EFI/Linux/a+3-0.efi', '/out/a')).toEqual([
    'mcopy',
    '-n',
    '-i',
    '/in/disk@@512',
    '::/EFI/Linux/a+3-0.efi',
    '/out/a',
  ]);
});
