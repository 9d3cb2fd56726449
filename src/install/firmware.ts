/** The firmware's boot entry "Basalt", by efibootmgr(8). */
import { diskShape, withDevice } from './block-device.ts';
import type { InstallContext } from './context.ts';
import { diskNames } from './disks/columns.ts';
import { partitionsOn } from './disks/layout.ts';
import type { PartitionPlace } from './mounted.ts';

const LABEL = 'Basalt';

/** An entry as efibootmgr lists it. */
export interface FirmwareEntry {
  /** Four digits: `0003`. */
  readonly number: string;
  readonly label: string;
  /** UUID of the partition that its path names, in small letters; undefined for network cards and the like. */
  readonly partition: string | undefined;
}

/**
 * Makes the entry, first in the order. Entries of the same name whose partition is gone, or that lead to this very
 * partition, are removed: firmware has room for few.
 * @param loader Its path in the ESP, with backslashes.
 * @returns Its number.
 */
export async function makeBootEntry(
  { programs, signal }: Pick<InstallContext, 'programs' | 'signal'>,
  place: PartitionPlace,
  loader: string,
): Promise<string | undefined> {
  const listed = parseEntries((await programs(['efibootmgr', '--verbose'], { signal })).stdout);
  const present = await partitionUuids('fail');
  const target = present.get(`${place.disk} ${place.number}`);
  const uuids = new Set(present.values());
  for (const { number, label, partition } of listed) {
    const isStale = partition === undefined || partition === target || !uuids.has(partition);
    if (label === LABEL && isStale)
      await programs(['efibootmgr', '--quiet', '--delete-bootnum', `--bootnum=${number}`], { signal });
  }
  const { stdout } = await programs(
    [
      'efibootmgr',
      '--create',
      `--disk=${place.disk}`,
      `--part=${place.number}`,
      `--loader=${loader}`,
      `--label=${LABEL}`,
      '--verbose',
    ],
    { signal },
  );
  return parseEntries(stdout).find(({ label, partition }) => label === LABEL && partition === target)?.number;
}

/**
 * The entry of a system that was installed here: one whose partition is there, the first in the firmware's order.
 * @returns Its number; undefined when there is none.
 * @throws {ToolError} when the firmware cannot be asked.
 */
export async function findBootEntry({
  programs,
  signal,
}: Pick<InstallContext, 'programs' | 'signal'>): Promise<string | undefined> {
  const { stdout } = await programs(['efibootmgr', '--verbose'], { signal });
  return entryOf(stdout, new Set((await partitionUuids('skip')).values()));
}

/** Pure. @param present UUIDs of partitions, in small letters. */
export function entryOf(listed: string, present: ReadonlySet<string>): string | undefined {
  const order = /^BootOrder: (.*)$/m.exec(listed)?.[1]?.split(',') ?? [];
  const place = (number: string) => {
    const index = order.indexOf(number);
    return index < 0 ? order.length : index;
  };
  return parseEntries(listed)
    .filter(({ label, partition }) => label === LABEL && partition !== undefined && present.has(partition))
    .map(({ number }) => number)
    .sort((a, b) => place(a) - place(b))[0];
}

/** Pure. `Boot0003* Basalt\tHD(1,GPT,d51d312b-…,0x800,0x100000)/File(\EFI\…)`; newer versions leave out `File(…)`. */
export function parseEntries(text: string): readonly FirmwareEntry[] {
  return text.split('\n').flatMap((line): FirmwareEntry[] => {
    const [, number, label, path = ''] = /^Boot([0-9A-Fa-f]{4})\*? ([^\t]*)(?:\t(.*))?$/.exec(line) ?? [];
    if (number === undefined || label === undefined) return [];
    const partition = /HD\(\d+,GPT,([0-9a-fA-F-]{36}),/.exec(path)?.[1]?.toLowerCase();
    return [{ number, label: label.trim(), partition }];
  });
}

/**
 * UUIDs of all partitions of this machine, by `DISK NUMBER`.
 * @param unreadable What is done about a disk that cannot be read: to whoever removes entries, its partitions must not seem gone.
 */
async function partitionUuids(unreadable: 'fail' | 'skip'): Promise<ReadonlyMap<string, string>> {
  const uuids = new Map<string, string>();
  for (const name of await diskNames()) {
    const shape = await diskShape(`/dev/${name}`);
    const reading = withDevice(shape.path, 'read', ({ read }) => partitionsOn(read, shape));
    const partitions = await (unreadable === 'fail' ? reading : reading.catch(() => undefined));
    for (const { number, uuid } of partitions ?? []) uuids.set(`${shape.path} ${number}`, uuid);
  }
  return uuids;
}
