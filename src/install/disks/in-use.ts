/** Who uses a disk: mounts, swap space, and devices that are built on it. */
import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';

/** What the kernel says of all disks, read once for a listing. */
export interface UsedDevices {
  /** Device number (`8:1`) or path → mount point. */
  readonly mounts: ReadonlyMap<string, string>;
  /** Kernel names of devices with swap space that is on: `sda3`. */
  readonly swaps: ReadonlySet<string>;
}

/** Reads /proc/self/mountinfo and /proc/swaps. */
export async function readUsedDevices(): Promise<UsedDevices> {
  const [mountinfo, swaps] = await Promise.all(
    ['/proc/self/mountinfo', '/proc/swaps'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const paths = parseSwaps(swaps ?? '');
  const names = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  return {
    mounts: parseMountinfo(mountinfo ?? ''),
    swaps: new Set(names.map((path) => basename(path))),
  };
}

/** Pure: proc_pid_mountinfo(5). Btrfs and the like have numbers of their own, so the source counts too. */
export function parseMountinfo(text: string): ReadonlyMap<string, string> {
  const mounts = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [front, back] = line.split(' - ');
    const [, , device, , mountPoint] = front?.split(' ') ?? [];
    const source = back?.split(' ')[1];
    if (device === undefined || mountPoint === undefined) continue;
    for (const key of [device, source ?? '']) if (!mounts.has(key)) mounts.set(key, decodeOctal(mountPoint));
  }
  return mounts;
}

/** Pure: the paths in proc_swaps(5), below a line with titles. */
export function parseSwaps(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => /^\S+/.exec(line)?.[0] ?? [])
    .map(decodeOctal);
}

/**
 * Says what uses a disk or its partitions, directly or through devices built on them.
 * @param name Kernel name of the disk.
 * @returns A sentence without a full stop, naming the user; undefined when nothing does.
 */
export async function userOf(name: string, used: UsedDevices, sysfs = '/sys'): Promise<string | undefined> {
  const folder = `${sysfs}/class/block/${name}`;
  const parts = (await list(folder)).filter((entry) => entry.startsWith(name));
  for (const device of [name, ...parts.sort()]) {
    const user = await directUser(device, used, sysfs);
    if (user !== undefined) return user;
  }
  return undefined;
}

async function directUser(
  device: string,
  { mounts, swaps }: UsedDevices,
  sysfs: string,
): Promise<string | undefined> {
  const number = (await read(`${sysfs}/class/block/${device}/dev`)) ?? '';
  const mount = mounts.get(number) ?? mounts.get(`/dev/${device}`);
  if (mount !== undefined) return `${device} is mounted at ${mount}`;
  if (swaps.has(device)) return `${device} is in use as swap space`;
  const [holder] = await list(`${sysfs}/class/block/${device}/holders`);
  return holder === undefined ? undefined : `${device} is held by ${await holderName(holder, sysfs)}`;
}

/** Device-mapper devices say in their UUID who made them: `LVM-…`, `CRYPT-LUKS2-…`, `mpath-…`. */
async function holderName(holder: string, sysfs: string): Promise<string> {
  const name = await read(`${sysfs}/class/block/${holder}/dm/name`);
  const maker = (await read(`${sysfs}/class/block/${holder}/dm/uuid`))?.split('-')[0];
  if (name === undefined) return holder.startsWith('md') ? `the RAID ${holder}` : holder;
  return maker === undefined || maker === '' ? `the device ${name}` : `${name} (${kinds[maker] ?? maker})`;
}

const kinds: Readonly<Record<string, string>> = {
  LVM: 'a volume of LVM',
  CRYPT: 'an open encrypted volume',
  mpath: 'multipath',
  DMRAID: 'a firmware RAID',
};

async function read(path: string): Promise<string | undefined> {
  return (await readFile(path, 'utf8').catch(() => undefined))?.trim();
}

function list(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}

/** The kernel writes spaces and the like as three octal digits. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
