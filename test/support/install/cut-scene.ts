/**
 * Installing over an earlier version, recorded: two disks with the older version, of which one belongs to a machine that ran; a live
 * system of the newer version erases one and keeps /var of the other, while QEMU notes every write.
 */
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { prepareFirmware } from '../../../src/machine/firmware.ts';
import type { Accelerator, Firmware } from '../../../src/machine/spec.ts';
import { digestFile } from '../../../src/store/digest.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { GIB } from '../../../src/units.ts';
import { accelerator } from '../accelerator.ts';
import { bootAndCheck } from '../boot.ts';
import type { GuestCheck } from '../guest-check.ts';
import type { TestImage } from '../image.ts';
import { knownVersion } from '../power-loss/known-version.ts';
import { partitionsOf } from '../power-loss/zones.ts';
import { recipeImage } from '../recipe-image.ts';
import { testToolbox } from '../toolbox.ts';
import { installOnHost } from './host-installer.ts';
import { installedChecks, markedConfig } from './installed-check.ts';
import { inLiveSystem, installCheck, type ToldByInstaller } from './live-system.ts';
import { withLoopOf } from './loop-disk.ts';
import type { InstallRecord } from './power-cuts.ts';

/** What becomes of the older version: everything is erased, or /var is kept, and the older version to fall back to. */
export type Way = 'erased' | 'kept';
export const ways: readonly Way[] = ['erased', 'kept'];

/** Newer than any date. */
export const NEWER_VERSION = '30000101';
const DISK_BYTES = 8 * GIB;
/** Emulated machines on a busy host. */
export const BOOT_MS = 30 * 60_000;
const LIVE_MS = 60 * 60_000;

/** Written on the machine, before its disk was installed to again. */
export const KEPT = { path: 'lib/data/kept', text: 'this stays\n' } as const;

export interface CutScene {
  readonly toolbox: Toolbox;
  readonly accelerator: Accelerator;
  readonly older: TestImage;
  readonly newer: TestImage;
  /** What the installer said, by way. */
  readonly told: ReadonlyMap<string, ToldByInstaller>;
  readonly folder: string;
  file(name: string): string;
  /** Fresh variables each time. */
  firmware(): Promise<Firmware>;
  /** What a machine with one of the versions must find. */
  checks(image: TestImage): readonly GuestCheck[];
  record(way: Way): Promise<InstallRecord>;
  remove(): Promise<void>;
}

/** @param kept A folder that keeps the recordings, and has those of an earlier run; undefined for none. */
export async function openCutScene(kept: string | undefined): Promise<CutScene> {
  const { image: older, remove: removeOlder } = await recipeImage('installer');
  const { image: newer, remove: removeNewer } = await recipeImage('installer', {
    suffix: 'NEWER',
    arguments: ['--version', NEWER_VERSION, '--format', 'pxe'],
  });
  const toolbox = await testToolbox();
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'basalt-install-cuts-')));
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const scene: Omit<CutScene, 'told'> = {
    toolbox,
    accelerator: await accelerator(toolbox, older),
    older,
    newer,
    folder,
    file,
    firmware: () => prepareFirmware(toolbox, file('variables.fd')),
    checks: ({ manifest: { version, rootHash } }) =>
      installedChecks({ version, rootHash, hostname: 'kept', loader: 'BOOTX64.EFI' }),
    record: async (way) => ({
      base: file(`${way}-before.raw`),
      log: file(`${way}.log`),
      partitions: await partitionsOf(file(`${way}.raw`)),
      versions: [await knownVersion(older.folder), await knownVersion(newer.folder)],
      running: way === 'kept' ? older.manifest.version : undefined,
      loaders: [await digestFile(join(toolbox.root, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi'))],
    }),
    remove: async () => {
      await removeOlder();
      await removeNewer();
      if (kept === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
  const known = await readFile(file('told.json'), 'utf8').catch(() => undefined);
  if (known !== undefined) return { ...scene, told: new Map(JSON.parse(known)) };
  await makeDisks(scene);
  const told = await recordBoth(scene);
  await writeFile(file('told.json'), JSON.stringify([...told]));
  return { ...scene, told };
}

async function makeDisks(scene: Omit<CutScene, 'told'>): Promise<void> {
  const { toolbox, accelerator: how, older } = scene;
  await writeFile(scene.file('config.yaml'), markedConfig('kept'));
  for (const way of ways) {
    const disk = scene.file(`${way}.raw`);
    await rm(disk, { force: true });
    await writeFile(disk, '');
    await truncate(disk, DISK_BYTES);
    await withLoopOf(disk, ({ path }) => installOnHost(older, path, ['--config', scene.file('config.yaml')]));
  }
  const { path, text } = KEPT;
  const file = `/var/${path}`;
  const write = `mkdir -p "$(dirname ${file})"; echo '${text.trim()}' >${file}; sync ${file}`;
  await bootAndCheck({
    toolbox,
    accelerator: how,
    disks: [{ path: scene.file('kept.raw'), format: 'raw', throwaway: true }],
    machine: { firmware: await scene.firmware() },
    timeoutMs: BOOT_MS,
    checks: [...scene.checks(older), { name: 'leaves a file', script: write }],
  });
}

async function recordBoth(scene: Omit<CutScene, 'told'>): Promise<ReadonlyMap<string, ToldByInstaller>> {
  const { toolbox, accelerator: how, newer, file } = scene;
  for (const way of ways) {
    await copyDisk(file(`${way}.raw`), file(`${way}-before.raw`));
    await writeFile(file(`${way}.log`), '');
  }
  return inLiveSystem({
    toolbox,
    accelerator: how,
    image: newer,
    firmware: await scene.firmware(),
    timeoutMs: LIVE_MS,
    disks: ways.map((way) => ({
      path: file(`${way}.raw`),
      format: 'raw',
      serial: way,
      throwaway: true,
      writeLog: file(`${way}.log`),
    })),
    checks: ways.map((way) =>
      installCheck({
        name: way,
        selector: `serial:${way}`,
        arguments: ['--no-boot-entry', ...(way === 'kept' ? ['--keep-var'] : [])],
      }),
    ),
  });
}

/** Holes stay holes. */
export async function copyDisk(from: string, to: string): Promise<void> {
  await execa('cp', ['--sparse=always', '--', from, to]);
}
