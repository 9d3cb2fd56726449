/** The disk formats that QEMU runs: the image, converted, becomes a machine from each of them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import type { DiskFileFormat } from '../../src/formats/disk-file.ts';
import { makeOverlay } from '../../src/machine/overlay.ts';
import type { Accelerator, DiskBus } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { bootAndCheck } from '../support/boot.ts';
import { type Converted, convert } from '../support/converted.ts';
import { type TestImage, testImage } from '../support/image.ts';
import { testToolbox } from '../support/toolbox.ts';

const BOOT_MS = 30 * 60_000;
const VAR_BYTES = 6 * GIB;

/** With the controller that is nearest to that of the format's platform. */
const formats: readonly (readonly [format: DiskFileFormat, bus: DiskBus])[] = [
  ['qcow2', 'virtio'],
  ['vmdk', 'ahci'],
  ['vhd', 'virtio-scsi'],
  ['vhdx', 'nvme'],
];

let image: TestImage;
let toolbox: Toolbox;
let how: Accelerator;
let folder: string;
let made: Converted;

beforeAll(async () => {
  image = await testImage();
  toolbox = await testToolbox();
  how = await accelerator(toolbox, image);
  folder = await mkdtemp(join(tmpdir(), 'basalt-formats-test-'));
  made = await convert(toolbox, {
    folder: join(folder, 'store'),
    raw: image.path('raw'),
    formats: formats.map(([format]) => format),
    varBytes: VAR_BYTES,
  });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each(formats)('a machine starts from %s, on %s', async (format, bus) => {
  const disk = await makeOverlay(toolbox, {
    image: made.files[format] ?? '',
    format,
    overlay: join(folder, `${format}.qcow2`),
    // The others have their machine's size already.
    ...(format === 'qcow2' ? { sizeBytes: 7 * GIB } : {}),
  });
  await bootAndCheck({
    toolbox,
    accelerator: how,
    disks: [{ ...disk, bus }],
    timeoutMs: BOOT_MS,
    checks: [
      {
        name: 'everything that should run does',
        script: '[ -z "$(systemctl --failed --no-legend)" ]',
      },
      {
        name: 'the root is the verified one',
        script: `[ "$(findmnt -no SOURCE /)" = /dev/mapper/root ]
                 dmsetup status root | grep -q 'verity V'`,
      },
      {
        name: 'there is room for the next version, and for /var',
        script: `lsblk -no PARTLABEL | grep -q '^_empty$'
                 [ "$(df --output=size -B1 /var | tail -n 1)" -gt ${3 * GIB} ]`,
      },
    ],
  });
});
