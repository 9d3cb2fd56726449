/** What a boot test begins with: a fresh disk with the tested image, in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeOverlay } from '../../src/machine/overlay.ts';
import type { Accelerator, Disk } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { accelerator } from './accelerator.ts';
import { type TestImage, testImage } from './image.ts';
import { testToolbox } from './toolbox.ts';

export interface InstalledDisk {
  readonly image: TestImage;
  readonly toolbox: Toolbox;
  /** For whatever else the test needs; removed at its end. */
  readonly folder: string;
  readonly accelerator: Accelerator;
  readonly disk: Disk;
  remove(): Promise<void>;
}

/** @param name Becomes part of the folder's name. */
export async function installedDisk(name: string, sizeBytes: number): Promise<InstalledDisk> {
  const image = await testImage();
  const toolbox = await testToolbox();
  const folder = await mkdtemp(join(tmpdir(), `basalt-${name}-test-`));
  return {
    image,
    toolbox,
    folder,
    accelerator: await accelerator(toolbox, image),
    disk: await makeOverlay(toolbox, {
      image: image.path('qcow2'),
      format: 'qcow2',
      overlay: join(folder, 'disk.qcow2'),
      sizeBytes,
    }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
