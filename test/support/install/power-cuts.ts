/**
 * Power cuts in the middle of an installation: from a record of its writes, every state that the disk may be left in, and what
 * firmware and boot loader would make of each. Nothing is booted here.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Partition } from '../../../src/disk/partition.ts';
import { partitionTypes } from '../../../src/disk/partition-types.ts';
import { ToolError, UserError } from '../../../src/errors.ts';
import { type Workshop, withFolder } from '../../../src/inspect/workshop.ts';
import { digestFile } from '../../../src/store/digest.ts';
import { copyOut, type FatPlace } from '../../../src/tools/mtools.ts';
import { type BootView, type EspView, holdsPart, viewBoot, viewEsp } from '../power-loss/boot-view.ts';
import { DiskState } from '../power-loss/disk-state.ts';
import type { KnownVersion } from '../power-loss/known-version.ts';
import { seededRandom } from '../power-loss/random.ts';
import { remainsOf, type Window, windowsOf } from '../power-loss/windows.ts';
import { openWriteLog } from '../power-loss/write-log.ts';
import { partitionsOf } from '../power-loss/zones.ts';

/** One installation, recorded. */
export interface InstallRecord {
  /** The disk before. */
  readonly base: string;
  readonly log: string;
  /** The disk's partitions afterwards. */
  readonly partitions: readonly Partition[];
  readonly versions: readonly KnownVersion[];
  /** What must be whole in every state; undefined when the disk is erased, and may start nothing. */
  readonly running: string | undefined;
  /** SHA-256 of each boot loader that may be there, in hex. */
  readonly loaders: readonly string[];
}

/** A state of the disk, while its file holds it. */
export interface CutState {
  /** How many windows between flushes are on the disk as a whole. */
  readonly flushes: number;
  /** 0 at the flush itself; else which part of the next window is there besides. With `flushes` and the seed it names the state. */
  readonly variant: number;
  /** In words. */
  readonly how: string;
  readonly path: string;
  readonly view: BootView;
  /** The last window before it that wrote to a place of this name. */
  readonly last: Zone;
}

export type Zone = 'table' | 'esp' | 'slots' | 'var';

export interface CutsResult {
  readonly writes: number;
  readonly logBytes: number;
  readonly flushes: number;
  readonly windows: Readonly<Record<Zone, number>>;
  readonly states: number;
  /** States by what is started first. */
  readonly first: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

export interface CutOptions {
  readonly workshop: Workshop;
  readonly scratch: string;
  readonly seed: number;
  /** Called with each state that was judged, and with how many flushes there are in all. */
  readonly visit?: (state: CutState, flushes: number) => Promise<void>;
}

/** What firmware starts without an entry of its own. */
const FALLBACK_LOADER = 'EFI/BOOT/BOOTX64.EFI';

/** Parts of a window that writes where names are: half of the writes, single sectors, the last alone, all but one, and chance. */
const PARTS = 8;

/** Goes through all states, from the first write to the last. */
export async function walkCuts(record: InstallRecord, options: CutOptions): Promise<CutsResult> {
  const { workshop, scratch, seed, visit = async () => undefined } = options;
  const path = join(scratch, 'state.raw');
  await execa('cp', ['--sparse=always', '--', record.base, path]);
  const log = await openWriteLog(record.log);
  const disk = await DiskState.open(log, path, []);
  const windows = windowsOf(log.entries);
  const first: Record<string, number> = {};
  const counts: Record<Zone, number> = { table: 0, esp: 0, slots: 0, var: 0 };
  const failures: string[] = [];
  let states = 0;
  let last: Zone = 'table';
  let view = await judge(record, workshop, path);
  const take = async (flushes: number, variant: number, how: string, seen: BootView): Promise<void> => {
    states += 1;
    const name = seen.entries[0]?.file ?? 'nothing';
    first[name] = (first[name] ?? 0) + 1;
    if (seen.problems.length > 0)
      failures.push(`state ${flushes}/${variant} (${how}): ${seen.problems.join('; ')}`);
    await visit({ flushes, variant, how, path, view: seen, last }, windows.length);
  };
  try {
    await take(0, 0, 'before', view);
    for (const window of windows) {
      const zones = zonesOf(window, record.partitions);
      for (const zone of zones) counts[zone] += 1;
      // Where nothing starts, and no name is written, nothing starts afterwards.
      const matters = zones.has('table') || zones.has('esp') || view.entries.length > 0;
      const all = matters ? remainsOf(window, seededRandom(seed * 1_000_003 + window.index), PARTS) : [];
      for (const [index, { how, pieces }] of all.entries())
        await disk.with(pieces, async () =>
          take(window.index, index + 1, how, await judge(record, workshop, path)),
        );
      await disk.apply(window.writes);
      last = (['esp', 'table', 'slots', 'var'] as const).find((zone) => zones.has(zone)) ?? last;
      if (matters) view = await judge(record, workshop, path);
      await take(window.index + 1, 0, 'at the flush', view);
    }
    return {
      writes: log.entries.filter(({ kind }) => kind === 'write').length,
      logBytes: log.sizeBytes,
      flushes: windows.length,
      windows: counts,
      states,
      first,
      failures,
    };
  } finally {
    await disk.close();
    await log.close();
    await rm(path, { force: true });
  }
}

/** Firmware finds the ESP by the partition table, whichever copy of it is whole, and in it the boot loader. */
async function judge(record: InstallRecord, workshop: Workshop, path: string): Promise<BootView> {
  const { versions, running, loaders } = record;
  const espAt = await espOf(path);
  const esp: EspView =
    espAt === undefined ? { problem: 'there is no ESP' } : await viewEsp(workshop, path, espAt);
  const view = await viewBoot(path, esp, {
    versions,
    running,
    holds: (partition, part) => holdsPart(path, partition, part),
  });
  if (espAt === undefined || view.entries.length === 0) return view;
  const sha256 = await digestInFat(workshop, { disk: path, offset: espAt }, FALLBACK_LOADER);
  if (sha256 !== undefined && loaders.includes(sha256)) return view;
  const seen = sha256 === undefined ? 'cannot be read' : 'is not what was built';
  return { ...view, problems: [...view.problems, `the boot loader ${FALLBACK_LOADER} ${seen}`] };
}

async function espOf(path: string): Promise<number | undefined> {
  try {
    const partitions = await partitionsOf(path);
    return partitions.find(({ typeGuid }) => typeGuid === partitionTypes.esp.guid)?.firstByte;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Undefined when there is no such file, or no whole one. */
async function digestInFat(workshop: Workshop, place: FatPlace, path: string): Promise<string | undefined> {
  return withFolder(workshop, async (folder) => {
    const target = { folder, name: 'file' };
    try {
      await copyOut(await workshop.toolbox(), place, `/${path}`, target, workshop.signal);
      return await digestFile(join(folder, target.name));
    } catch (error) {
      if (error instanceof ToolError) return undefined;
      throw error;
    }
  });
}

function zonesOf({ writes }: Window, partitions: readonly Partition[]): ReadonlySet<Zone> {
  return new Set(
    writes.map(({ offset }): Zone => {
      const place = partitions.find(
        ({ firstByte, sizeBytes }) => offset >= firstByte && offset < firstByte + sizeBytes,
      );
      if (place === undefined) return 'table';
      if (place.typeGuid === partitionTypes.esp.guid) return 'esp';
      return place.typeGuid === partitionTypes.var.guid ? 'var' : 'slots';
    }),
  );
}
