/** What the steps of an installation share. */
import type { DiskShape } from './block-device.ts';
import type { FoundDisk } from './disks/list.ts';
import type { Esp } from './esp/esp.ts';
import type { Machine } from './machine.ts';
import type { PartitionPlace } from './mounted.ts';
import type { Programs } from './programs.ts';
import type { InstallRequest } from './request.ts';
import type { SlotPlan } from './slot-plan.ts';
import type { InstallSource } from './source.ts';

export interface InstallContext {
  readonly source: InstallSource;
  readonly request: InstallRequest;
  readonly machine: Machine;
  /** Whether the firmware gets an entry. */
  readonly bootEntry: boolean;
  readonly programs: Programs;
  readonly signal: AbortSignal;
  /** A folder for small files, gone at the end. */
  readonly scratch: string;
  /** Tells a person. */
  readonly note: (level: 'info' | 'warning', text: string) => void;
}

/** What the check found. */
export interface CheckedDisk {
  readonly found: FoundDisk;
  readonly shape: DiskShape;
}

/** A disk with its partitions, ready to be written. */
export interface PartitionedDisk {
  readonly shape: DiskShape;
  readonly slots: SlotPlan;
  readonly espPlace: PartitionPlace;
  readonly varPlace: PartitionPlace | undefined;
  readonly esp: Esp;
}
