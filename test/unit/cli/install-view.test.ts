import { describe, expect, test } from 'vitest';
import { contentsText, diskLines, ProgressLines, progressText } from '../../../src/cli/install-view.ts';
import type { DiskContents, InstallDisk } from '../../../src/install/disk.ts';
import { createPaint } from '../../../src/report/paint.ts';
import { GIB, MIB } from '../../../src/units.ts';

const page = { paint: createPaint(false), columns: 80 };
const empty: DiskContents = { table: undefined, partitions: [], signatures: [], basalt: undefined };
const disk: InstallDisk = {
  name: 'nvme0n1',
  path: '/dev/nvme0n1',
  model: 'Dell Ent NVMe CM6 MU 1.6TB with a name that goes on for much longer than a line has room',
  serial: 'PHLN210500AB1P9X',
  wwn: 'eui.0025385b91b2f3c4',
  bus: 'nvme',
  rotational: false,
  sizeBytes: 1600 * GIB,
  sectorBytes: 4096,
  contents: empty,
  refusal: undefined,
};

test('a disk takes lines of 80 columns, and escape codes of a model do nothing', () => {
  const refusal = 'nvme0n1p2 is held by a very long name of a volume group of somebody (a volume of LVM)';
  const lines = diskLines(
    [
      { ...disk, refusal },
      { ...disk, name: 'sda', model: 'A\u001b[2J' },
    ],
    page,
  );
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  expect(lines.join('\n')).not.toContain('\u001b');
  expect(lines[0]).toBe('DISK        SIZE  BUS   SECTOR  MODEL');
  expect(lines).toContain('    serial PHLN210500AB1P9X, WWN eui.0025385b91b2f3c4');
  expect(lines.join('\n')).toMatch(/cannot be used: nvme0n1p2 is held by/);
});

describe('what is on a disk', () => {
  const partition = { path: '', sizeBytes: 1, label: undefined, fileSystemLabel: undefined };
  test.each<[string, Partial<DiskContents>]>([
    ['empty', {}],
    ['could not be read', { isUnknown: true }],
    ['GPT', { table: 'gpt' }],
    [
      'GPT, 2 partitions (ext4), zfs_member',
      {
        table: 'gpt',
        partitions: [
          { ...partition, fileSystem: 'ext4' },
          { ...partition, fileSystem: 'ext4' },
        ],
        signatures: ['zfs_member'],
      },
    ],
    [
      'Basalt 1.3.0 and 1.2.0, with a /var',
      { basalt: { versions: ['1.3.0', '1.2.0'], interrupted: false, hasVar: true } },
    ],
    [
      'Basalt, an interrupted installation of 1.2.0, without a /var',
      { basalt: { versions: [], interrupted: true, interruptedVersion: '1.2.0', hasVar: false } },
    ],
  ])('is told as "%s"', (text, contents) =>
    expect(contentsText({ contents: { ...empty, ...contents } })).toBe(text),
  );
});

test('progress is percent, bytes, speed and time', () => {
  expect(progressText({ doneBytes: 0, totalBytes: 100 * MIB }, undefined)).toBe('0 %, 0 B of 100 MiB');
  expect(progressText({ doneBytes: 50 * MIB, totalBytes: 100 * MIB }, 20e6)).toBe(
    '50 %, 50 MiB of 100 MiB, 20 MB/s, 3 s left',
  );
  expect(progressText({ doneBytes: 100 * MIB, totalBytes: 100 * MIB }, 20e6)).toBe(
    '100 %, 100 MiB of 100 MiB, 20 MB/s',
  );
  expect(progressText({ doneBytes: 0, totalBytes: 0 }, undefined)).toBe('100 %, 0 B of 0 B');
});

test('a copy tells how far it is every two seconds, and at its end', () => {
  let now = 0;
  const lines = new ProgressLines(2000, () => now);
  expect(lines.lineOf({ kind: 'step-started', step: 'copy' })).toBe('3/7 Copy the system');
  const told: string[] = [];
  for (let doneBytes = MIB; doneBytes <= 10 * MIB; doneBytes += MIB) {
    now += 500;
    const line = lines.lineOf({ kind: 'progress', step: 'copy', doneBytes, totalBytes: 10 * MIB });
    if (line !== undefined) told.push(line);
  }
  expect(told.map((line) => line.trim().split(',')[0])).toEqual(['40 %', '80 %', '100 %']);
  expect(lines.lineOf({ kind: 'note', level: 'warning', text: 'x' })).toBe('warning: x');
});
