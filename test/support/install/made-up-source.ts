/** Something small to install: a root of random bytes with a real hash tree, and a UKI that is none. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstallSource } from '../../../src/install/source.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { MIB } from '../../../src/units.ts';

/** Sizes of the partitions that its definitions make. Six of them need less than 2 GiB. */
const SIZES = {
  esp: 96 * MIB,
  verity: 8 * MIB,
  root: 64 * MIB,
  var: 256 * MIB,
};

/** @param folder Where its files go. */
export async function madeUpSource(
  toolbox: Toolbox,
  folder: string,
  version: string,
  rootBytes = 9 * MIB,
): Promise<InstallSource> {
  const path = (name: string) => join(folder, version, name);
  await mkdir(path('boot/loader'), { recursive: true });
  await mkdir(path('definitions'), { recursive: true });
  await writeFile(path('root'), randomBytes(rootBytes));
  await writeFile(path('verity'), '');
  await toolbox.run(
    ['veritysetup', 'format', '/in/root', '/in/verity', '--root-hash-file=/in/roothash', '--salt=00112233'],
    { binds: [{ source: path(''), target: '/in', writable: true }] },
  );
  const uki = randomBytes(3 * MIB + 17);
  await writeFile(path('uki.efi'), uki);
  await writeFile(path('boot/systemd-bootx64.efi'), `boot loader of ${version}`);
  await writeFile(path('boot/loader/loader.conf'), 'timeout 0\n');
  await writeDefinitions(path('definitions'));
  return {
    image: 'made-up',
    version,
    rootHash: (await readFile(path('roothash'), 'utf8')).trim(),
    root: { path: path('root'), sizeBytes: rootBytes },
    verity: { path: path('verity'), sizeBytes: (await stat(path('verity'))).size },
    uki: {
      path: path('uki.efi'),
      sizeBytes: uki.length,
      sha256: createHash('sha256').update(uki).digest('hex'),
    },
    boot: path('boot'),
    definitions: path('definitions'),
    medium: undefined,
  };
}

/** As templates/boot/repart has them. */
async function writeDefinitions(folder: string): Promise<void> {
  const slot = (type: string, sizeBytes: number) =>
    `Type=${type}\nLabel=_empty\nSizeMinBytes=${sizeBytes}\nSizeMaxBytes=${sizeBytes}\n`;
  const files: Readonly<Record<string, string>> = {
    '10-esp.conf': `Type=esp\nLabel=esp\nFormat=vfat\nSizeMinBytes=${SIZES.esp}\nSizeMaxBytes=${SIZES.esp}\n`,
    '20-verity-a.conf': slot('root-verity', SIZES.verity),
    '30-root-a.conf': slot('root', SIZES.root),
    '40-verity-b.conf': slot('root-verity', SIZES.verity),
    '50-root-b.conf': slot('root', SIZES.root),
    '60-var.conf': `Type=var\nLabel=var\nFormat=ext4\nSizeMinBytes=${SIZES.var}\nWeight=1000\n`,
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), `[Partition]\n${text}`);
}
