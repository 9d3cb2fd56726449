/** A machine in memory with two slots, an ESP, and programs that do to them what the real ones do. */
import { createHash } from 'node:crypto';
import { encodeGuid } from '../../src/disk/guid.ts';
import { partitionTypes } from '../../src/disk/partition-types.ts';
import { slotUuids } from '../../src/disk/root-hash.ts';
import { layTables } from '../unit/disk/gpt-image.ts';
import { FakeHost, type FakeProgram } from './fake-host.ts';

const SECTOR = 512;
const LAST = 2047;
export const RUNNING_HASH = 'aa'.repeat(32);

export interface SlotMachineOptions {
  readonly version?: string;
  /** Files of the ESP's folder of UKIs, with their content. */
  readonly entries: Readonly<Record<string, string>>;
  /** Of slot B. */
  readonly otherVersion?: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly programs?: Readonly<Record<string, FakeProgram>>;
}

export interface SlotMachine {
  readonly host: FakeHost;
  /** The disk's bytes: only its partition tables are looked at. */
  readonly disk: Buffer;
}

/** `/dev/vda` with ESP, slot A (which runs), slot B and /var. */
export function slotMachine({
  version = '1',
  entries,
  otherVersion,
  files = {},
  programs = {},
}: SlotMachineOptions): SlotMachine {
  const disk = makeDisk(version, otherVersion);
  const esp = Object.fromEntries(
    Object.entries(entries).map(([name, text]) => [`/boot/EFI/Linux/${name}`, text]),
  );
  const sysfs = Object.fromEntries(
    [1, 2, 3, 4, 5, 6].flatMap((number) => [
      [`/sys/devices/pci/vda/vda${number}/partition`, `${number}\n`],
      [`/dev/vda${number}`, ''],
    ]),
  );
  const host = new FakeHost({
    files: {
      '/usr/lib/os-release': `IMAGE_ID=qemu\nIMAGE_VERSION=${version}\n`,
      '/proc/cmdline': `roothash=${RUNNING_HASH} ro quiet\n`,
      '/proc/sys/kernel/random/boot_id': 'boot-1\n',
      '/proc/meminfo': 'MemAvailable:    1000000 kB\n',
      '/sys/devices/pci/vda/queue/logical_block_size': `${SECTOR}\n`,
      '/sys/devices/pci/vda/size': `${LAST + 1}\n`,
      ...sysfs,
      ...esp,
      ...files,
    },
    programs: {
      dd: dd(disk),
      sync: () => ({}),
      udevadm: () => ({}),
      stat: statFile,
      rm,
      ...programs,
    },
  });
  host.link('../dm-0', '/dev/mapper/root');
  host.link('../../devices/pci/vda', '/sys/class/block/vda');
  for (const number of [1, 2, 3, 4, 5, 6])
    host.link(`../../devices/pci/vda/vda${number}`, `/sys/class/block/vda${number}`);
  for (const slave of ['vda2', 'vda3']) host.makeFolder(`/sys/class/block/dm-0/slaves/${slave}`);
  return { host, disk };
}

/** Of a device: the table only. Of other files: what they hold. */
function dd(disk: Buffer): FakeProgram {
  return (command, { input }, host) => {
    const value = (name: string) =>
      command.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
    if (value('of') === '/dev/vda') {
      disk.set(input as Uint8Array, Number(value('seek')));
      return {};
    }
    const from = Number(value('skip'));
    const source = value('if') === '/dev/vda' ? disk : host.readBytes(value('if'));
    if (source === undefined) return { exitCode: 1, stderr: `dd: failed to open '${value('if')}'` };
    host.writeFile(value('of'), Uint8Array.from(source.subarray(from, from + Number(value('count')))));
    return {};
  };
}

const rm: FakeProgram = (command, _, host) => {
  const remove = (path: string) => {
    for (const name of host.kind(path) === 'directory' ? host.list(path) : []) remove(`${path}/${name}`);
    host.remove(path);
  };
  remove(command.at(-1) ?? '');
  return {};
};

const statFile: FakeProgram = (command, _, host) => {
  if (command.includes('-f')) return { stdout: '100000 4096\n' };
  const path = command.at(-1) ?? '';
  const bytes = host.kind(path) === 'file' ? host.readBytes(path) : undefined;
  return bytes === undefined ? { exitCode: 1 } : { stdout: `${bytes.length}\n` };
};

function makeDisk(version: string, otherVersion: string | undefined): Buffer {
  const disk = Buffer.alloc((LAST + 1) * SECTOR);
  const uuids = slotUuids(RUNNING_HASH);
  const other = slotUuids(createHash('sha256').update('other').digest('hex'));
  const label = (kind: string) => (otherVersion === undefined ? '_empty' : `${kind}_${otherVersion}`);
  const { esp, rootX8664, rootX8664Verity, var: varType } = partitionTypes;
  const entries = Buffer.alloc(128 * 128);
  const partitions = [
    [esp.guid, '00000000-0000-0000-0000-000000000001', 'esp'],
    [rootX8664Verity.guid, uuids.verity, `verity_${version}`],
    [rootX8664.guid, uuids.root, `root_${version}`],
    [rootX8664Verity.guid, other.verity, label('verity')],
    [rootX8664.guid, other.root, label('root')],
    [varType.guid, '00000000-0000-0000-0000-000000000006', 'var'],
  ] as const;
  for (const [index, [type, uuid, name]] of partitions.entries()) {
    const entry = entries.subarray(index * 128, (index + 1) * 128);
    entry.set(encodeGuid(type), 0);
    entry.set(encodeGuid(uuid), 16);
    entry.writeBigUInt64LE(BigInt(100 + index * 300), 32);
    entry.writeBigUInt64LE(BigInt(100 + index * 300 + 299), 40);
    entry.write(name, 56, 'utf16le');
  }
  layTables(disk, entries, { sectorBytes: SECTOR, diskGuid: '00'.repeat(16) });
  return disk;
}
