import { expect, test } from 'vitest';
import { parseEntryName } from '../../../src/inspect/boot-entry.ts';
import { parseOsRelease } from '../../../src/inspect/os-release.ts';
import { parseSums } from '../../../src/inspect/output-folder.ts';

test.each([
  ['basalt_1.2.0+3-0.efi', 'basalt_1.2.0', '1.2.0', 3, 0],
  ['basalt_1.2.0+0-3.efi', 'basalt_1.2.0', '1.2.0', 0, 3],
  ['basalt_1.2.0+2.efi', 'basalt_1.2.0', '1.2.0', 2, 0],
  ['basalt_1.2.0.efi', 'basalt_1.2.0', '1.2.0', undefined, undefined],
  ['basalt_1.0_rc+3-1.EFI', 'basalt_1.0_rc', '1.0_rc', 3, 1],
  ['linux.efi', 'linux', undefined, undefined, undefined],
])('%s', (file, id, version, triesLeft, triesDone) => {
  expect(parseEntryName(file)).toEqual({ id, version, triesLeft, triesDone });
});

test('os-release values lose their quotes; other lines are skipped', () => {
  const values = parseOsRelease(`# note\nID=basalt\nNAME='a b'\nX="say \\"hi\\" \\$5"\nEMPTY=\nnot a line`);
  expect([...values]).toEqual([
    ['ID', 'basalt'],
    ['NAME', 'a b'],
    ['X', 'say "hi" $5'],
    ['EMPTY', ''],
  ]);
});

test('SHA256SUMS in text and binary mode; other lines are skipped', () => {
  const sum = 'a'.repeat(64);
  expect([...parseSums(`${sum}  x y.raw\n${sum} *z\n# no\n${sum.slice(1)}  short\n`)]).toEqual([
    ['x y.raw', sum],
    ['z', sum],
  ]);
});
