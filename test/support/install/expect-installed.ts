/** Everything that a disk must have to start a version. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { slotUuids } from '../../../src/disk/root-hash.ts';
import { bootable } from '../../../src/install/disks/layout.ts';
import type { InstallSource } from '../../../src/install/source.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { digestOf, fileInFat } from './disk-content.ts';
import { lookAt } from './engine.ts';
import type { LoopDisk } from './loop-disk.ts';

export async function expectInstalled(
  toolbox: Toolbox,
  disk: LoopDisk,
  installed: InstallSource,
  slot: 0 | 1 = 0,
): Promise<void> {
  const { layout, disk: found } = await lookAt(toolbox, disk.path);
  const place = layout?.slots[slot];
  if (layout === undefined || place === undefined) throw new Error('there is no layout');
  const uuids = slotUuids(installed.rootHash);
  expect(place.version).toBe(installed.version);
  expect([place.root.uuid, place.verity.uuid]).toEqual([uuids.root, uuids.verity]);
  expect(bootable(layout)).toContainEqual(place);
  expect(found.contents.basalt?.interrupted).toBe(false);
  for (const part of ['root', 'verity'] as const) {
    const content = createHash('sha256')
      .update(await readFile(installed[part].path))
      .digest('hex');
    expect(await digestOf(disk, place[part], installed[part].sizeBytes), part).toBe(content);
  }
  const uki = await fileInFat(toolbox, disk, layout.esp, `EFI/Linux/basalt_${installed.version}+3-0.efi`);
  expect(createHash('sha256').update(uki).digest('hex')).toBe(installed.uki.sha256);
  const check = await toolbox.run(
    [
      'sh',
      '-c',
      'dd if="$0" of=/tmp/esp bs=1M iflag=skip_bytes,count_bytes skip="$1" count="$2" status=none; fsck.vfat -n /tmp/esp',
      disk.path,
      String(layout.esp.firstByte),
      String(layout.esp.sizeBytes),
    ],
    { devices: ['/dev'] },
  );
  expect(check.stdout).not.toMatch(/differ|orphan|Dirty|lost/i);
}
