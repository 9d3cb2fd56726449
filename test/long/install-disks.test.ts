/**
 * The matrix of disks, in machines with real firmware (OVMF): one live system installs to disks on all controllers, and each of
 * them then starts a machine alone. `BASALT_TEST_IMAGE_INSTALLER` names a build of images/installer.yaml to reuse;
 * `BASALT_TEST_DISKS` a folder where the installed disks are kept (some GB) and taken from.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstallDisk } from '../../src/install/disk.ts';
import type { InstallResult } from '../../src/install/install.ts';
import { prepareFirmware } from '../../src/machine/firmware.ts';
import { makeOverlay } from '../../src/machine/overlay.ts';
import type { Accelerator, Disk } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { formatDuration } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { bootAndCheck } from '../support/boot.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import type { TestImage } from '../support/image.ts';
import {
  attached,
  type DiskCase,
  diskCases,
  diskPath,
  makeDisk,
  stick,
  tooSmall,
} from '../support/install/disk-cases.ts';
import { installedChecks, markedConfig } from '../support/install/installed-check.ts';
import {
  inLiveSystem,
  installCheck,
  listCheck,
  type ToldByInstaller,
} from '../support/install/live-system.ts';
import { expectWhole } from '../support/install/whole-disk.ts';
import { digestPart } from '../support/power-loss/boot-view.ts';
import { recipeImage } from '../support/recipe-image.ts';
import { testToolbox } from '../support/toolbox.ts';

/** Emulated machines on a busy host: a live system with eight installations, and a first boot. */
const LIVE_MS = 90 * 60_000;
const BOOT_MS = 30 * 60_000;

let image: TestImage;
let removeImage: () => Promise<void>;
let toolbox: Toolbox;
let how: Accelerator;
let folder: string;
let told: ReadonlyMap<string, ToldByInstaller>;

beforeAll(async () => {
  ({ image, remove: removeImage } = await recipeImage('installer'));
  toolbox = await testToolbox();
  how = await accelerator(toolbox, image);
  folder = process.env.BASALT_TEST_DISKS ?? (await mkdtemp(join(tmpdir(), 'basalt-install-disks-')));
  await mkdir(folder, { recursive: true });
  const known = await readFile(join(folder, 'told.json'), 'utf8').catch(() => undefined);
  told = known === undefined ? await installAll() : new Map(JSON.parse(known));
}, LIVE_MS);

afterAll(async () => {
  await removeImage?.();
  if (process.env.BASALT_TEST_DISKS === undefined) await rm(folder, { recursive: true, force: true });
});

const installedVariables = () => join(folder, 'installed-variables.fd');

async function installAll(): Promise<ReadonlyMap<string, ToldByInstaller>> {
  for (const disk of [...diskCases, tooSmall]) await makeDisk(toolbox, folder, disk);
  await makeDisk(toolbox, folder, stick, image.path('iso'));
  const all = await inLiveSystem({
    toolbox,
    accelerator: how,
    image,
    disks: [...diskCases, tooSmall, stick].map((disk) => attached(folder, disk)),
    firmware: await prepareFirmware(toolbox, installedVariables()),
    timeoutMs: LIVE_MS,
    checks: [
      listCheck('the disks before'),
      refused('too-small', 'too small: it has'),
      refused('stick', 'this system was started from it'),
      ...diskCases.map((disk) =>
        installCheck({
          name: disk.name,
          selector: selectorOf(disk),
          cloudConfig: markedConfig(disk.name),
          arguments: disk.bootEntry ? [] : ['--no-boot-entry'],
        }),
      ),
      listCheck('the disks afterwards'),
      {
        name: 'the firmware has one entry, first in its order',
        script: `efibootmgr | tee /dev/stderr
[ "$(efibootmgr | grep -c ' Basalt')" = 1 ]
number=$(efibootmgr | sed -n 's/^Boot\\([0-9A-F]*\\)\\* Basalt.*/\\1/p'); efibootmgr | grep -q "^BootOrder: $number"`,
      },
      {
        name: 'nothing is left mounted, and nothing failed',
        script: `! grep -E '^/dev/(vd|sd|nvme)' /proc/mounts; ! systemctl list-units --failed --plain --no-legend | grep .`,
      },
    ],
  });
  for (const { name } of diskCases) {
    const stepsMs: Readonly<Record<string, number>> = all.get(name)?.stepsMs ?? {};
    const sum = Object.values(stepsMs).reduce((total, ms) => total + ms, 0);
    process.stderr.write(
      `${name}: installed in ${formatDuration(sum)} (copy ${formatDuration(stepsMs.copy ?? 0)}, verify ${formatDuration(stepsMs.verify ?? 0)})\n`,
    );
  }
  await writeFile(join(folder, 'told.json'), JSON.stringify([...all]));
  return all;
}

/** Each kind of selector is used once. */
function selectorOf({ name }: DiskCase): string {
  switch (name) {
    case 'virtio512':
      return 'smallest-any';
    case 'nvme4096':
      return 'smallest-nvme';
    case 'virtio4096':
      return `/dev/disk/by-id/virtio-${name}`;
    default:
      return `serial:${name.toUpperCase()}`;
  }
}

function refused(name: string, why: string): GuestCheck {
  return {
    name: `${name} is refused`,
    script: `out=$(basalt-install --disk serial:${name} --yes --json 2>&1) && { echo "it was installed to"; exit 1; }
echo "$out"; grep -q '${why}' <<<"$out"`,
    timeoutSeconds: 600,
  };
}

function listed(name: string): ReadonlyMap<string, InstallDisk> {
  const result = told.get(name)?.result as { readonly disks: readonly InstallDisk[] } | undefined;
  return new Map(result?.disks.map((disk) => [disk.serial ?? disk.name, disk]));
}

describe('in the live system', () => {
  test('every disk is listed with what is on it, and only the medium and a small one are refused', () => {
    const disks = listed('the disks before');
    expect([...disks.keys()].sort()).toEqual([...diskCases, tooSmall, stick].map(({ name }) => name).sort());
    for (const { name, sizeBytes, sectorBytes = 512, shownBus, before } of diskCases) {
      const disk = disks.get(name);
      expect(disk, name).toMatchObject({ sizeBytes, sectorBytes, bus: shownBus, contents: {} });
      expect(disk?.refusal, name).toBeUndefined();
      const found = [
        ...(disk?.contents.signatures ?? []),
        ...(disk?.contents.partitions ?? []).map(({ fileSystem }) => fileSystem),
      ];
      expect(found, name).toEqual(before);
    }
    expect(disks.get('stick')?.refusal).toBe('this system was started from it');
    expect(disks.get('too-small')?.refusal).toMatch(/^too small: it has 1 GiB, and .* are needed$/);
  });

  test('the medium was left alone', async () => {
    const { sizeBytes, sha256 } = image.manifest.artifacts.find(({ format }) => format === 'iso') ?? {};
    expect(await digestPart(diskPath(folder, stick), { firstByte: 0 }, sizeBytes ?? 0)).toBe(sha256);
  });

  test('afterwards each has this version, and nothing of what was on it', () => {
    const disks = listed('the disks afterwards');
    for (const { name } of diskCases) {
      const { contents } = disks.get(name) as InstallDisk;
      expect(contents, name).toMatchObject({
        table: 'gpt',
        signatures: [],
        basalt: { versions: [image.manifest.version], interrupted: false, hasVar: true },
      });
      expect(
        contents.partitions.map(({ fileSystem }) => fileSystem),
        name,
      ).toEqual(['vfat', 'DM_verity_hash', 'squashfs', undefined, undefined, 'ext4']);
    }
  });

  test('the one that was to have it has an entry in the firmware', () => {
    for (const { name, bootEntry } of diskCases) {
      const result = told.get(name)?.result as InstallResult;
      expect(result.bootEntry, name).toEqual(bootEntry ? expect.stringMatching(/^[0-9A-F]{4}$/) : undefined);
      expect(result.notes, name).toEqual([]);
    }
  });

  test.each(diskCases)('$name has root, hash tree and UKI as they were built', async (disk) => {
    await expectWhole(toolbox, [image], { path: diskPath(folder, disk), scratch: folder });
  });
});

describe('alone in a machine', () => {
  test.each(diskCases)(
    '$name starts it',
    async (disk) => {
      const overlay = join(folder, 'boot.qcow2');
      const variables = join(folder, 'boot-variables.fd');
      const firmware = await prepareFirmware(toolbox, variables);
      if (disk.bootEntry) await copyFile(installedVariables(), variables);
      try {
        const made = await makeOverlay(toolbox, { image: diskPath(folder, disk), format: 'raw', overlay });
        const { bootMs } = await bootAndCheck({
          toolbox,
          accelerator: how,
          disks: [bootedAs(disk, made)],
          checks: installedChecks({
            version: image.manifest.version,
            rootHash: image.manifest.rootHash,
            hostname: disk.name,
            loader: disk.bootEntry ? 'systemd-bootx64.efi' : 'BOOTX64.EFI',
          }),
          machine: { firmware },
          timeoutMs: BOOT_MS,
        });
        process.stderr.write(`${disk.name}: booted and checked in ${formatDuration(bootMs)}\n`);
      } finally {
        await rm(overlay, { force: true });
      }
    },
    BOOT_MS,
  );
});

/** Where the firmware has an entry, it is left to find the disk by that. */
function bootedAs(disk: DiskCase, made: Disk): Disk {
  const { bus, bootBus, serial, sectorBytes } = { ...attached(folder, disk), bootBus: disk.bootBus };
  return {
    ...made,
    ...(serial === undefined ? {} : { serial }),
    ...(sectorBytes === undefined ? {} : { sectorBytes }),
    bus: bootBus ?? bus ?? 'virtio',
  };
}
