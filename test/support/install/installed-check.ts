/** What an installed machine must find true of itself. */
import type { GuestCheck } from '../guest-check.ts';

export interface InstalledMachine {
  readonly version: string;
  readonly rootHash: string;
  readonly hostname: string;
  /** The boot loader's file that the firmware started, as a pattern of grep. */
  readonly loader: string;
}

const LOADER_IMAGE = '/sys/firmware/efi/efivars/LoaderImageIdentifier-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/** A cloud-config of which {@link installedChecks} sees the traces. */
export function markedConfig(hostname: string): string {
  return `#cloud-config
hostname: ${hostname}
write_files:
  - path: /etc/rack-position
    content: of ${hostname}
`;
}

export function installedChecks({
  version,
  rootHash,
  hostname,
  loader,
}: InstalledMachine): readonly GuestCheck[] {
  return [
    {
      name: 'is no live system',
      script: '! grep -w basalt.live /proc/cmdline; [ ! -e /run/basalt/live ]',
    },
    {
      name: 'runs the version, from a verified root',
      script: `. /usr/lib/os-release; [ "$IMAGE_VERSION" = ${version} ] || { echo "it is $IMAGE_VERSION"; exit 1; }
dmsetup table root | tee /dev/stderr | grep -qw ${rootHash}
dmsetup status root | tee /dev/stderr | grep -q ' verity V'`,
    },
    {
      name: 'started by the boot loader that was meant',
      script: `name=$(tr -d '\\0' <${LOADER_IMAGE} | tail -c +5); echo "$name"; grep -qi '${loader}' <<<"$name"`,
    },
    {
      name: 'var fills the disk',
      script: `part=$(basename "$(readlink -f "$(findmnt -no SOURCE /var)")"); disk=$(basename "$(readlink -f "/sys/class/block/$part/..")")
start=$(<"/sys/class/block/$part/start"); size=$(<"/sys/class/block/$part/size"); all=$(<"/sys/class/block/$disk/size")
echo "$part of $disk: $start + $size of $all sectors"; ((all - start - size < 4096))
blocks=$(stat -f -c '%b * %S' /var); echo "file system: $blocks"
dumpe2fs -h "/dev/$part" 2>/dev/null | awk -F: '/^Block count/ {n=$2} /^Block size/ {s=$2} END {print "ext4:", n * s; exit !(n * s > '"$size"' * 512 - 1048576)}'`,
    },
    {
      name: 'cloud-config is applied',
      script: `read -r name </proc/sys/kernel/hostname; echo "it is $name"; [ "$name" = ${hostname} ]; grep -x 'of ${hostname}' /etc/rack-position`,
    },
    {
      name: 'no unit has failed',
      script: '! systemctl list-units --failed --plain --no-legend | grep .',
    },
  ];
}
