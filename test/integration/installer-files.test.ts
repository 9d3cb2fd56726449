/** Files on a stick, as the installer reads and writes them: a loop device with an ext4 that stands for one. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toolsPrograms } from '../../src/cli/install-programs.ts';
import type { Programs } from '../../src/install/programs.ts';
import {
  listFiles,
  readVolumeFile,
  type VolumeFile,
  writeVolumeFile,
} from '../../src/install/removable/files.ts';
import { listVolumes, type Volume } from '../../src/install/removable/volumes.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { withLoopDisk } from '../support/install/loop-disk.ts';
import { testToolbox } from '../support/toolbox.ts';

const MIB = 1024 ** 2;
let folder: string;
let toolbox: Toolbox;
let programs: Programs;

beforeAll(async () => {
  toolbox = await testToolbox();
  programs = toolsPrograms(toolbox);
  folder = await mkdtemp(join(tmpdir(), 'basalt-stick-'));
  await mkdir(join(folder, 'keys/.hidden'), { recursive: true });
  await writeFile(join(folder, "keys/ann's key.pub"), 'ssh-ed25519 AAAA ä\n');
  await writeFile(join(folder, 'keys/.hidden/secret'), 'no\n');
  await writeFile(join(folder, '-n $(reboot)'), 'odd\n');
  await writeFile(join(folder, 'film'), Buffer.alloc(2 * MIB));
  await writeFile(join(folder, 'bytes'), Buffer.from([1, 0, 2]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Gives `work` a stick with the files. */
function withStick(work: (volume: Volume) => Promise<void>): Promise<void> {
  return withLoopDisk({ sizeBytes: 64 * MIB }, async ({ path }) => {
    await toolbox.run(['mkfs.ext4', '-q', '-d', folder, path], {
      devices: ['/dev'],
      binds: [{ source: folder }],
    });
    const place = { disk: path, number: 0, firstByte: 0, sizeBytes: 64 * MIB };
    await work({ place, fileSystem: 'ext4', label: 'KEYS', isReadOnly: false, title: 'KEYS' });
  });
}

function read(file: VolumeFile | undefined): Promise<string> {
  if (file === undefined) throw new Error('the file was not found');
  return readVolumeFile(programs, file);
}

test('small files are found by any name, hidden and large ones are not', () =>
  withStick(async (volume) => {
    const files = await listFiles(programs, [volume]);
    expect(files.map(({ path }) => path)).toEqual(['-n $(reboot)', 'bytes', "keys/ann's key.pub"]);
    expect(await read(files[0])).toBe('odd');
    expect(await read(files[2])).toBe('ssh-ed25519 AAAA ä');
    await expect(read(files[1])).rejects.toMatchObject({ code: 'file-unreadable' });
  }));

test('a log is written, and over an older one', () =>
  withStick(async (volume) => {
    await writeVolumeFile(programs, volume, { name: 'install.log', text: 'a long log\n'.repeat(1000) });
    await writeVolumeFile(programs, volume, { name: 'install.log', text: 'short\n' });
    const files = await listFiles(programs, [volume]);
    expect(await read(files.find(({ path }) => path === 'install.log'))).toBe('short');
  }));

test('a volume that cannot be mounted has no files, and the others have', () =>
  withStick(async (volume) => {
    const broken = { ...volume, fileSystem: 'iso9660' };
    expect(await listFiles(programs, [broken])).toEqual([]);
    expect(await listFiles(programs, [broken, volume])).toHaveLength(3);
  }));

test('a loop device is no stick', () =>
  withStick(async ({ place }) => {
    const found = await listVolumes(programs, { medium: undefined, volume: '' });
    expect(found.filter((each) => each.place.disk === place.disk)).toEqual([]);
  }));
