/**
 * Makes the ISO of the live system: for virtual CDs of BMCs and virtual machines, and the same file for USB sticks. UEFI finds
 * its ESP by El Torito on a CD, by the partition table on a stick; systemd-boot and the live UKI are in it.
 */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { alignUp, MIB } from '../units.ts';
import { inputPath, type StageRunner } from './stage.ts';
import { workspaceFor } from './workspace.ts';

/** Boot loader, settings, and what FAT32 takes with clusters of 1 KiB: 1 % of its content. */
const ESP_OVERHEAD_BYTES = 16 * MIB;
/** Below that, FAT32 with such clusters has too few of them for firmware to read it. */
const ESP_MINIMUM_BYTES = 96 * MIB;

// The ESP is a file of the ISO's file system: firmware takes what El Torito names as ending where that file system ends.
const SCRIPT = `
set -eu
date=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S00)
mkdir -p /out/esp/EFI/BOOT /work/iso
cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi /out/esp/EFI/BOOT/BOOTX64.EFI
find /out/esp -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
truncate --size="$ESP_BYTES" /work/iso/esp.img
mkfs.vfat --invariant -F 32 -s 2 -S 512 -n BASALT /work/iso/esp.img >/dev/null
cd /out/esp
find . -mindepth 1 -type d | sort | while read -r name; do mmd -i /work/iso/esp.img "::\${name#./}"; done
find . -type f | sort | while read -r name; do mcopy -m -i /work/iso/esp.img "$name" "::\${name#./}"; done
mmd -i /work/iso/esp.img ::EFI/Linux
touch --date="@$SOURCE_DATE_EPOCH" /work/stamp
mcopy -i /work/iso/esp.img /in/live.efi "::EFI/Linux/$UKI"
echo "$VOLUME: start this medium with UEFI firmware." > /work/iso/README
find /work/iso -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
xorriso -report_about WARNING -as mkisofs -V "$VOLUME" -o /out/live.iso --modification-date="$date" --set_all_file_dates set_to_mtime \\
  -r --gpt_disk_guid "$GUID" -e esp.img -no-emul-boot -efi-boot-part --efi-boot-image /work/iso
`;

export const iso: StageRunner<'iso'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const uki = inputPath(context, 'live-uki', 'live-uki');
  const { size } = await stat(uki);
  const espBytes = Math.max(
    ESP_MINIMUM_BYTES,
    alignUp(size + Math.ceil(size / 100) + ESP_OVERHEAD_BYTES, MIB),
  );
  for (const file of options.espFiles) {
    const target = join(directory, 'esp', file.path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(await context.fileOf(file.sha256), target);
  }
  const workspace = await workspaceFor(context, espBytes);
  await toolbox.run(['sh', '-c', SCRIPT], {
    tool: 'xorriso',
    signal,
    ...workspace,
    binds: [
      ...workspace.binds,
      { source: uki, target: '/in/live.efi' },
      { source: directory, target: '/out', writable: true },
    ],
    env: {
      SOURCE_DATE_EPOCH: String(options.epoch),
      ESP_BYTES: String(espBytes),
      VOLUME: options.volume,
      UKI: options.ukiName,
      GUID: options.guid.replaceAll('-', ''),
    },
  });
  return { files: { iso: join(directory, 'live.iso') } };
};
