/** The disks of this machine, and why some cannot be installed to. */
import { realpath } from 'node:fs/promises';
import { InterruptedError, messageOf, ToolError } from '../../errors.ts';
import { formatSize } from '../../units.ts';
import { type DiskShape, diskShape } from '../block-device.ts';
import { neededBytes, readDefinitions } from '../definitions.ts';
import type { InstallDisk } from '../disk.ts';
import { ownPrograms, type Programs } from '../programs.ts';
import type { InstallSource } from '../source.ts';
import { columnsOf, type DiskColumns, diskNames, lsblk } from './columns.ts';
import { type DiskReading, readContents } from './contents.ts';
import { readUsedDevices, userOf } from './in-use.ts';

export interface ListDisksOptions {
  /** What would be installed: says how large a disk must be, and which one is the medium. */
  readonly source: InstallSource | undefined;
  readonly signal: AbortSignal;
  readonly programs?: Programs;
  /** Only this one, by any path, and also one that is never offered by itself, such as a loop device. */
  readonly only?: string;
}

/** A disk with all that is known of it. */
export interface FoundDisk extends DiskReading {
  readonly disk: InstallDisk;
  readonly shape: DiskShape;
}

/** Lists the disks, sorted by name. @throws {UserError} when `only` is no disk, or the source cannot be used. */
export async function listDisks(options: ListDisksOptions): Promise<InstallDisk[]> {
  return (await findDisks(options)).map(({ disk }) => disk);
}

/** {@link listDisks} with what the engine needs besides. */
export async function findDisks(options: ListDisksOptions): Promise<FoundDisk[]> {
  const { source, signal, programs = ownPrograms, only } = options;
  const paths = only === undefined ? (await diskNames()).map((name) => `/dev/${name}`) : [only];
  const shapes = await Promise.all(paths.map((path) => diskShape(path)));
  const [told, used, needed, medium] = await Promise.all([
    lsblk(
      programs,
      shapes.map(({ path }) => path),
      signal,
    ),
    readUsedDevices(),
    source === undefined ? undefined : readDefinitions(source.definitions).then(neededBytes),
    source?.medium === undefined ? undefined : realpath(source.medium).catch(() => source.medium),
  ]);
  const found: FoundDisk[] = [];
  for (const shape of shapes) {
    const columns = await columnsOf(shape.name, told.get(shape.name));
    const reading = await readIfPossible(programs, shape, signal);
    const isStick = medium === shape.path || holdsVolume(reading, source?.mediumVolume);
    const isMedium = isStick || holdsPartition(reading, source?.mediumPartition);
    const user = (await userOf(shape.name, used)) ?? reading.problem;
    const refusal = refusalOf(shape, { columns, needed, isMedium, user });
    // What a partition alone marks may be the machine's own disk, whose start failed or which has a live UKI: a choice by size must then
    // be refused, and not fall on the next larger disk.
    const passedOver = isStick || shape.sizeBytes < (needed ?? 0);
    const { readOnly: _readOnly, ...known } = columns;
    found.push({
      ...reading,
      shape,
      disk: { ...shape, ...known, contents: reading.contents, refusal, passedOver },
    });
  }
  return found;
}

/** Whether it holds the ISO of this name. Pure. */
export function holdsVolume(
  { label, contents }: Pick<DiskReading, 'label' | 'contents'>,
  volume: string | undefined,
): boolean {
  return volume !== undefined && label === volume && contents.signatures.includes('iso9660');
}

/** Whether it has the partition of this UUID, in small letters. Pure. */
export function holdsPartition(
  { partitions }: Pick<DiskReading, 'partitions'>,
  uuid: string | undefined,
): boolean {
  return uuid !== undefined && partitions.some((each) => each.uuid.toLowerCase() === uuid);
}

/** A disk that cannot be read is shown all the same: the others are to be seen, and why this one is not offered. */
async function readIfPossible(
  programs: Programs,
  shape: DiskShape,
  signal: AbortSignal,
): Promise<DiskReading & { readonly problem?: string }> {
  try {
    return await readContents(programs, shape, signal);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    const said = error instanceof ToolError ? error.stderrTail.split('\n').at(-1) : undefined;
    return {
      partitions: [],
      layout: undefined,
      label: undefined,
      contents: { table: undefined, partitions: [], signatures: [], isUnknown: true, basalt: undefined },
      problem: `it cannot be read: ${said || messageOf(error)}`,
    };
  }
}

/** Why nothing can be installed to a disk, as a sentence without a full stop. Pure. */
export function refusalOf(
  { sizeBytes, sectorBytes }: DiskShape,
  {
    columns,
    needed,
    isMedium,
    user,
  }: {
    readonly columns: Pick<DiskColumns, 'readOnly'>;
    readonly needed: number | undefined;
    readonly isMedium: boolean;
    readonly user: string | undefined;
  },
): string | undefined {
  if (isMedium) return 'this system was started from it';
  if (columns.readOnly) return 'it is read-only';
  if (sectorBytes !== 512 && sectorBytes !== 4096)
    return `its sectors have ${sectorBytes} bytes: 512 or 4096 are possible`;
  if (needed !== undefined && sizeBytes < needed)
    return `too small: it has ${formatSize(sizeBytes)}, and ${formatSize(needed)} are needed`;
  return user;
}
