/** Goes through the states that a recorded disk may have after a power cut, from the first write to the last. */
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Partition } from '../../../src/disk/partition.ts';
import { MIB } from '../../../src/units.ts';
import { digestPart } from './boot-view.ts';
import { DiskState } from './disk-state.ts';
import { seededRandom } from './random.ts';
import type { Recording } from './recording.ts';
import type { Moment, StateFiles } from './state-check.ts';
import { type Remains, remainsOf, type Window, windowsOf } from './windows.ts';
import { openWriteLog, type WriteLog } from './write-log.ts';
import { readZones, type ZoneName, type Zones } from './zones.ts';

/** One state. */
export interface WalkedState extends Moment {
  /** How many windows are on the disk as a whole. */
  readonly flushes: number;
  /** What of the next window is on the disk besides; undefined at the flush itself. */
  readonly remains: Remains | undefined;
  /** Which of them it is: with `flushes` and the seed, it names the state. */
  readonly variant: number;
}

export interface WalkOptions {
  readonly seed: number;
  /** A folder for the disk; as large as it, but for holes. */
  readonly scratch: string;
  /** How many states with a part of a window are made. */
  readonly variants: (window: Window, zones: ReadonlySet<ZoneName>) => number;
  /** Only states for which it is true are made. */
  readonly wanted?: (flushes: number, variant: number) => boolean;
}

export interface Walk {
  readonly log: WriteLog;
  readonly windows: readonly Window[];
  readonly zones: Zones;
  readonly files: StateFiles;
  touched(window: Window): ReadonlySet<ZoneName>;
  /** Calls `visit` with each state while the files hold it. */
  states(visit: (state: WalkedState) => Promise<void>): Promise<void>;
  /** Whether the partitions' own files still agree with the disk: no check has left a trace in them. */
  agrees(): Promise<boolean>;
  close(): Promise<void>;
}

/** Variant number of the state at a flush itself. */
export const AT_FLUSH = 0;

export async function openWalk(recording: Recording, options: WalkOptions): Promise<Walk> {
  const { scratch } = options;
  const folder = join(scratch, recording.step.name);
  await mkdir(folder, { recursive: true });
  const files: StateFiles = {
    disk: join(folder, 'disk.raw'),
    esp: join(folder, 'esp.raw'),
    var: join(folder, 'var.raw'),
  };
  const zones = await readZones(recording.base, recording.step.from.rootHash);
  await execa('cp', ['--sparse=always', '--', recording.base, files.disk]);
  await extract(files.disk, zones.esp, files.esp);
  await extract(files.disk, zones.var, files.var);
  const log = await openWriteLog(recording.log);
  const windows = windowsOf(log.entries);
  const touched = (window: Window): ReadonlySet<ZoneName> =>
    new Set(window.writes.map(({ offset }) => zones.zoneAt(offset)));
  const mirror = (path: string, { firstByte, sizeBytes }: Partition) => ({ path, firstByte, sizeBytes });
  const disk = await DiskState.open(log, files.disk, [
    mirror(files.esp, zones.esp),
    mirror(files.var, zones.var),
  ]);
  const wanted = options.wanted ?? (() => true);

  const states = async (visit: (state: WalkedState) => Promise<void>): Promise<void> => {
    let last = 0;
    const contents: Record<ZoneName, number> = { table: 0, esp: 0, active: 0, passive: 0, var: 0 };
    const changed = (touched: ReadonlySet<ZoneName>): Record<ZoneName, number> => {
      last++;
      return { ...contents, ...Object.fromEntries([...touched].map((zone) => [zone, last])) };
    };
    const visitFlush = async (flushes: number, logBytes: number): Promise<void> => {
      if (wanted(flushes, AT_FLUSH))
        await visit({ flushes, remains: undefined, variant: AT_FLUSH, logBytes, contents: { ...contents } });
    };
    await visitFlush(0, 0);
    for (const window of windows) {
      const zonesOfWindow = touched(window);
      const count = options.variants(window, zonesOfWindow);
      const all = remainsOf(window, seededRandom(options.seed * 1_000_003 + window.index), count);
      for (const [index, remains] of all.entries()) {
        const variant = index + 1;
        if (!wanted(window.index, variant)) continue;
        const [flushes, logBytes] = [window.index, window.beginsAt];
        await disk.with(remains.pieces, () =>
          visit({ flushes, remains, variant, logBytes, contents: changed(zonesOfWindow) }),
        );
      }
      await disk.apply(window.writes);
      Object.assign(contents, changed(zonesOfWindow));
      await visitFlush(window.index + 1, window.endsAt);
    }
  };
  return {
    log,
    windows,
    zones,
    files,
    touched,
    states,
    agrees: async () => {
      for (const [path, { firstByte, sizeBytes }] of [
        [files.esp, zones.esp],
        [files.var, zones.var],
      ] as const) {
        const sha256 = await digestPart(path, { firstByte: 0 }, sizeBytes);
        if ((await digestPart(files.disk, { firstByte }, sizeBytes)) !== sha256) return false;
      }
      return true;
    },
    close: async () => {
      await disk.close();
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function extract(disk: string, { firstByte, sizeBytes }: Partition, target: string): Promise<void> {
  const source = await open(disk, 'r');
  const copy = await open(target, 'w');
  try {
    await copy.truncate(sizeBytes);
    const chunk = Buffer.alloc(MIB);
    const zeros = Buffer.alloc(MIB);
    for (let at = 0; at < sizeBytes; at += chunk.length) {
      const length = Math.min(chunk.length, sizeBytes - at);
      await source.read(chunk, 0, length, firstByte + at);
      const bytes = chunk.subarray(0, length);
      // A hole stays one.
      if (!bytes.equals(zeros.subarray(0, length))) await copy.write(bytes, 0, length, at);
    }
  } finally {
    await source.close();
    await copy.close();
  }
}
