/**
 * Installs an image to a disk. The order is what makes a power cut harmless: nothing that is half written has a name that
 * the boot loader looks for, until the last step gives one to a UKI whose root, hash tree and names are on the disk.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '../errors.ts';
import { diskShape, withDevice } from './block-device.ts';
import { withClaim } from './claim.ts';
import type { InstallContext, PartitionedDisk } from './context.ts';
import { partitionsOn } from './disks/layout.ts';
import { partitionPath } from './disks/partition-path.ts';
import type { InstallEvent, InstallStepName } from './events.ts';
import type { Machine } from './machine.ts';
import { ownPrograms, type Programs } from './programs.ts';
import type { InstallRequest } from './request.ts';
import type { InstallSource } from './source.ts';
import { installLoader } from './steps/boot.ts';
import { checkAll } from './steps/check.ts';
import { configure } from './steps/configure.ts';
import { copy } from './steps/copy.ts';
import { finish } from './steps/finish.ts';
import { partition } from './steps/partition.ts';
import { verify } from './steps/verify.ts';

export interface InstallOptions {
  readonly source: InstallSource;
  readonly request: InstallRequest;
  readonly machine: Machine;
  /** Make an entry in the firmware. Off when a disk is written for another machine. */
  readonly bootEntry: boolean;
  /** Aborting it ends the installation: what was mounted is unmounted, and the disk starts nothing half written. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: InstallEvent) => void;
  readonly programs?: Programs;
}

export interface InstallResult {
  /** `/dev/nvme0n1`. */
  readonly disk: string;
  readonly partitions: readonly InstalledPartition[];
  readonly version: string;
  readonly rootHash: string;
  /** Of the system: root, hash tree and UKI. */
  readonly bytesWritten: number;
  readonly durationMs: number;
  /** What a person should know, in the order in which it was told. */
  readonly notes: readonly string[];
  /** Number of the firmware's entry, for `efibootmgr --bootnext`; undefined when none was made. */
  readonly bootEntry: string | undefined;
}

export interface InstalledPartition {
  readonly path: string;
  readonly label: string;
  readonly sizeBytes: number;
}

/**
 * Runs an installation.
 * @throws {UserError|ToolError} when it failed: the disk then starts what it started before, or nothing.
 * @throws {InterruptedError} when the signal was aborted.
 */
export async function install(options: InstallOptions): Promise<InstallResult> {
  const { source, request, machine, bootEntry, signal, onEvent, programs = ownPrograms } = options;
  const startedAt = performance.now();
  const notes: string[] = [];
  const note: InstallContext['note'] = (level, text) => {
    notes.push(text);
    onEvent({ kind: 'note', level, text });
  };
  const step = async <T>(name: InstallStepName, work: () => Promise<T>): Promise<T> => {
    if (signal.aborted) throw new InterruptedError();
    const at = performance.now();
    onEvent({ kind: 'step-started', step: name });
    const result = await work();
    onEvent({ kind: 'step-ended', step: name, durationMs: performance.now() - at });
    return result;
  };
  const totalBytes = source.root.sizeBytes + source.verity.sizeBytes;
  const progress = (name: InstallStepName) => (doneBytes: number) =>
    onEvent({ kind: 'progress', step: name, doneBytes, totalBytes });

  const { path } = await diskShape(request.disk);
  return withClaim(path, () =>
    withScratch(async (scratch) => {
      const context = { source, request, machine, bootEntry, programs, signal, scratch, note };
      const checked = await step('check', () => checkAll(context));
      const disk = await step('partition', () => partition(context, checked));
      const copied = await step('copy', () => copy(context, disk, progress('copy')));
      await step('verify', () => verify(context, disk, copied, progress('verify')));
      const entry = await step('boot', () => installLoader(context, disk));
      await step('configure', () => configure(context, disk));
      await step('finish', () => finish(context, disk));
      return {
        disk: path,
        partitions: await partitionsOf(disk),
        version: source.version,
        rootHash: source.rootHash,
        bytesWritten: totalBytes + source.uki.sizeBytes,
        durationMs: performance.now() - startedAt,
        notes,
        bootEntry: entry,
      };
    }),
  );
}

async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-install-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function partitionsOf({ shape }: PartitionedDisk): Promise<readonly InstalledPartition[]> {
  const partitions = await withDevice(shape.path, 'read', ({ read }) => partitionsOn(read, shape));
  return (partitions ?? []).map(({ number, label, sizeBytes }) => ({
    path: partitionPath(shape.path, number),
    label,
    sizeBytes,
  }));
}
