/** The image for Dell servers, on what QEMU has of one: a PERC-like controller, Intel's server network card, a BMC, two serial ports. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Manifest, manifestSchema } from '../../src/build/manifest.ts';
import { readSections } from '../../src/inspect/pe.ts';
import { makeOverlay } from '../../src/machine/overlay.ts';
import type { Accelerator } from '../../src/machine/spec.ts';
import { defaultStoreDirectory } from '../../src/store/store.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { bootAndCheck } from '../support/boot.ts';
import { basaltOk, messages } from '../support/builder.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import { testToolbox } from '../support/toolbox.ts';

const BOOT_MS = 30 * 60_000;
/** ttyS0 and ttyS1 are consoles of this image. */
const VERDICT_PORT = 2;
/** What the issue of the image names, by what Debian calls them. */
const DRIVERS =
  'megaraid_sas mpt3sas mpi3mr ahci nvme tg3 bnxt_en bnx2x i40e ice igb ixgbe mlx5_core qede ipmi_si ipmi_watchdog';

let toolbox: Toolbox;
let how: Accelerator;
let folder: string;
let image: string;
let manifest: Manifest;
let told: string;

beforeAll(async () => {
  toolbox = await testToolbox();
  folder = await mkdtemp(join(tmpdir(), 'basalt-dell-test-'));
  image = join(folder, 'dell');
  const built = await basaltOk(['build', 'dell', '--format', 'raw', '--output', image], {
    store: defaultStoreDirectory(),
  });
  told = messages(built, 'info').join('\n');
  manifest = manifestSchema.parse(JSON.parse(await readFile(join(image, 'manifest.json'), 'utf8')));
  const path = (format: string) =>
    join(image, manifest.artifacts.find((artifact) => artifact.format === format)?.file ?? '');
  how = await accelerator(toolbox, { folder: image, manifest, path });
}, 60 * 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = (name: string, script: string): GuestCheck => ({ name, script });

const checks: GuestCheck[] = [
  check(
    'var is on the RAID volume',
    `disk=$(lsblk -nro PKNAME "$(findmnt -no SOURCE /var)")
     readlink -f "/sys/class/block/$disk/device/../../../.." | tee /dev/stderr
     readlink -f "/sys/class/block/$disk/device" | grep -q host
     grep -qx megaraid_sas <<<"$(basename "$(readlink -f /sys/class/scsi_host/host*/device/../driver)")"`,
  ),
  check('the network card is driven by igb', `readlink /sys/class/net/e*/device/driver | grep -q '/igb$'`),
  check(
    'every driver that the servers need is there and can be loaded',
    `for driver in ${DRIVERS}; do modinfo -n "$driver" >/dev/null || { echo "no $driver"; exit 1; }; done
     for driver in ${DRIVERS}; do modprobe "$driver" || { echo "$driver does not load"; exit 1; }; done`,
  ),
  check(
    'the firmware that they load is there',
    `for driver in bnx2x qed ice; do
       found=0
       for file in $(modinfo -F firmware "$driver"); do [ ! -e "/usr/lib/firmware/$file" ] || found=$((found + 1)); done
       [ "$found" -gt 0 ] || { echo "none of the firmware of $driver"; exit 1; }
     done
     ls /usr/lib/firmware/tigon/ | grep tg3`,
  ),
  check(
    'what no server has is left out',
    `[ ! -e /usr/lib/modules/*/kernel/sound ] && [ ! -e /usr/lib/modules/*/kernel/drivers/net/wireless ]`,
  ),
  check('the BMC answers by IPMI', `ipmitool mc info | grep -q 'IPMI Version'; ipmitool sel info >/dev/null`),
  check(
    'systemd keeps the watchdog of the BMC alive',
    `journalctl --boot --grep "Using hardware watchdog 'IPMI'" --output cat
     ipmitool mc watchdog get | tee /dev/stderr | grep -qi 'started/running'`,
  ),
  check(
    'somebody can log in on the screen and on both serial ports',
    `systemctl is-active serial-getty@ttyS0 serial-getty@ttyS1 getty@tty1
     stty -F /dev/ttyS1 | grep -q 'speed 115200'`,
  ),
  check(
    'the main console is that of serial over LAN',
    `tee /dev/stderr </sys/class/tty/console/active | grep -qw ttyS1`,
  ),
  check(
    'no unit has failed',
    `[ -z "$(systemctl list-units --failed --no-legend --plain | tee /dev/stderr)" ]`,
  ),
];

test('the build says what leaving out drivers saves', () => {
  expect(told).toMatch(/kernel modules that the recipe leaves out: [1-9][\d.]+ MiB less/);
});

/** The initrd in the image's UKI. */
async function readInitrd(): Promise<Buffer> {
  const uki = manifest.artifacts.find(({ role }) => role === 'uki')?.file ?? '';
  const bytes = await readFile(join(image, uki));
  const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length);
  const section = (await readSections(read, bytes.length, uki)).find(({ name }) => name === '.initrd');
  if (section === undefined) throw new Error(`${uki} has no initrd`);
  return bytes.subarray(section.offset, section.offset + section.sizeBytes);
}

test('microcode for Intel and AMD processors comes first in the initrd, uncompressed', async () => {
  const initrd = await readInitrd();
  // The magic numbers of a cpio archive (newc), and of the zstd frame that follows.
  const early = initrd.subarray(0, initrd.indexOf(Buffer.from('28b52ffd', 'hex')));
  expect(early.toString('latin1', 0, 6)).toBe('070701');
  expect(early.includes('kernel/x86/microcode/GenuineIntel.bin')).toBe(true);
  expect(early.includes('kernel/x86/microcode/AuthenticAMD.bin')).toBe(true);
});

test(
  'a machine with the controllers of a PowerEdge runs it',
  async () => {
    const raw = manifest.artifacts.find(({ format }) => format === 'raw')?.file ?? '';
    const disk = await makeOverlay(toolbox, {
      image: join(image, raw),
      format: 'raw',
      overlay: join(folder, 'disk.qcow2'),
      sizeBytes: 8 * GIB,
    });
    await writeFile(join(folder, 'initrd'), await readInitrd());
    await bootAndCheck({
      toolbox,
      accelerator: how,
      disks: [{ ...disk, bus: 'megasas', bootIndex: 1 }],
      checks,
      place: { serialPort: VERDICT_PORT },
      machine: {
        bmc: true,
        // OVMF has no driver for the controller, as a PERC's own firmware brings it: QEMU starts what the UKI holds.
        kernel: {
          path: join(image, manifest.artifacts.find(({ role }) => role === 'kernel')?.file ?? ''),
          initrd: join(folder, 'initrd'),
          commandLine: manifest.kernelCommandLine,
        },
        network: { model: 'igb' },
        system: { manufacturer: 'Dell Inc.', product: 'PowerEdge R650', serial: '7XK2QN3' },
      },
      timeoutMs: BOOT_MS,
    });
  },
  BOOT_MS,
);
