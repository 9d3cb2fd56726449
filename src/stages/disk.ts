/** Makes the disk image with systemd-repart: ESP and slot A. The rest comes into being on the machine. */
import { copyFile, link, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { slotUuids } from '../disk/root-hash.ts';
import { UserError } from '../errors.ts';
import { renderTemplate } from '../templating/render.ts';
import { alignUp, formatSize, KIB, MIB } from '../units.ts';
import { inputPath, inputText, type StageContext, type StageRunner } from './stage.ts';
import { inputBytes, workspaceFor } from './workspace.ts';

/** The definitions a shipped image uses: those that have content. */
const SHIPPED = /^(10-esp|20-verity-a|30-root-a)\.conf/;
/** What FAT32 itself takes, generously: boot sector, two tables, root directory. */
const FAT_OVERHEAD_BYTES = 4 * MIB;
/** Boot loader and settings. */
const LOADER_BYTES = 1 * MIB;

export const disk: StageRunner<'disk'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  await checkEsp(context);
  const definitions = join(directory, 'definitions');
  const esp = join(directory, 'esp');
  await fillEsp(context, esp);
  await writeDefinitions(context, definitions);
  // The image has holes: what it takes is what is put into it.
  const content = ['root', 'verity', 'uki'].reduce((sum, input) => sum + inputBytes(context, input), 0);
  const workspace = await workspaceFor(context, content + LOADER_BYTES + FAT_OVERHEAD_BYTES);
  await toolbox.run(
    [
      'sh',
      '-c',
      // systemd-boot is the tools tree's: its version is part of every stage's digest.
      `set -e
       for name in systemd/systemd-bootx64.efi BOOT/BOOTX64.EFI; do
         mkdir -p "/esp/EFI/$(dirname "$name")"; cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi "/esp/EFI/$name"
       done
       find /esp -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
       systemd-repart --offline=yes --empty=create --size=auto --dry-run=no --definitions=/definitions \\
         --seed="$SEED" --json=short --no-pager --architecture=x86-64 /work/disk.raw >/out/partitions.json
       # The ESP is filled here, in the order of names: systemd-repart does it in the order in which a folder gives them,
       # and that differs between file systems. It is the first partition.
       esp=/work/disk.raw@@$(grep -o '"offset":[0-9]*' /out/partitions.json | head -n 1 | cut -d: -f2)
       cd /esp
       find . -mindepth 1 -type d | sort | while read -r name; do mmd -i "$esp" "::\${name#./}"; done
       find . -type f | sort | while read -r name; do mcopy -m -i "$esp" "$name" "::\${name#./}"; done
       # Made in memory when there is room, and copied: systemd-repart syncs what it writes, which on a disk takes longer than all the rest.
       # Its holes are read faster there than on a disk, so it is hashed there, meanwhile.
       sha256sum /work/disk.raw >/out/sha256 & hash=$!
       cp --sparse=always /work/disk.raw /out/disk.raw
       wait $hash`,
    ],
    {
      tool: 'systemd-repart',
      signal,
      tmpfs: [...workspace.tmpfs, '/empty'],
      binds: [
        ...workspace.binds,
        { source: definitions, target: '/definitions' },
        { source: esp, target: '/esp', writable: true },
        { source: inputPath(context, 'root', 'image'), target: '/in/root.img' },
        { source: inputPath(context, 'verity', 'hashes'), target: '/in/root.verity' },
        { source: directory, target: '/out', writable: true },
      ],
      env: { SOURCE_DATE_EPOCH: String(options.epoch), SEED: options.seed, SYSTEMD_LOG_LEVEL: 'warning' },
    },
  );
  const partitions = JSON.parse(await readFile(join(directory, 'partitions.json'), 'utf8')) as unknown;
  const [sha256 = ''] = (await readFile(join(directory, 'sha256'), 'utf8')).split(' ');
  return {
    files: { raw: { path: join(directory, 'disk.raw'), sha256 } },
    values: { partitions },
  };
};

/** Several versions' UKIs must fit the ESP at once, or an update would stop on the machine. */
async function checkEsp(context: StageContext<'disk'>): Promise<void> {
  const { espBytes, ukisInEsp } = context.options;
  const { size } = await stat(inputPath(context, 'uki', 'uki'));
  const needed = ukisInEsp * alignUp(size, 4 * KIB) + LOADER_BYTES + FAT_OVERHEAD_BYTES;
  if (needed <= espBytes) return;
  throw new UserError('does-not-fit', `${ukisInEsp} UKIs do not fit the ESP`, {
    seen: `a UKI of ${formatSize(size)}; ${ukisInEsp} of them with boot loader and file system need ${formatSize(needed)}`,
    needed: `at most ${formatSize(espBytes)} (partitions.esp): an update keeps the running and the next version, and writes a third`,
    next: [
      'raise partitions.esp',
      'choose a smaller kernel package, or fewer initrd.drivers and initrd.modules',
    ],
  });
}

async function fillEsp(context: StageContext<'disk'>, esp: string): Promise<void> {
  const { options } = context;
  const uki = join(esp, 'EFI/Linux', options.ukiName);
  await mkdir(dirname(uki), { recursive: true });
  await link(inputPath(context, 'uki', 'uki'), uki).catch(() =>
    copyFile(inputPath(context, 'uki', 'uki'), uki),
  );
  for (const file of options.espFiles) {
    const target = join(esp, file.path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(await context.fileOf(file.sha256), target);
  }
}

async function writeDefinitions(context: StageContext<'disk'>, folder: string): Promise<void> {
  const { options } = context;
  const uuids = slotUuids(inputText(context, 'verity', 'rootHash'));
  const values = {
    version: options.version,
    esp: { uuid: options.seed, source: '/empty' },
    root: { uuid: uuids.root, source: '/in/root.img' },
    verity: { uuid: uuids.verity, source: '/in/root.verity' },
  };
  for (const file of options.definitions) {
    if (!SHIPPED.test(file.path)) continue;
    const text = await readFile(await context.fileOf(file.sha256), 'utf8');
    const target = join(folder, file.path);
    await mkdir(dirname(target), { recursive: true });
    // Definitions are rendered already; the drop-ins name the root hash, which is known only now.
    await writeFile(target, file.path.includes('.d/') ? renderTemplate(text, values, file.path) : text);
  }
}
