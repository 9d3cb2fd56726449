/** What the installer's screens need from outside: everything that has an effect goes through here. */
import type { Template } from '../../config-templates/catalogue.ts';
import type { InstallDisk } from '../../install/disk.ts';
import type { InstallEvent } from '../../install/events.ts';
import type { Machine } from '../../install/machine.ts';
import type { PlannedPartition } from '../../install/planned-partitions.ts';
import type { InstallRequest } from '../../install/request.ts';

/** What is known before the first screen, and does not change. */
export interface InstallerFacts {
  readonly image: { readonly name: string; readonly version: string };
  readonly machine: Machine;
  readonly templates: readonly Template[];
  /** The partitions that an installation makes, in their order. */
  readonly layout: readonly PlannedPartition[];
  /** A boot entry is written into the firmware, which needs UEFI. */
  readonly needsUefi: boolean;
  /** Where this runs: only a live system restarts the machine. */
  readonly isLive: boolean;
}

/** A file that may be read, on a stick or disc beside the one the system runs from. */
export interface RemovableFile {
  /** Opaque for the screens: given back to read it. */
  readonly id: string;
  /** As people know it: `BACKUP: keys/ann.pub`. */
  readonly title: string;
  readonly sizeBytes: number;
}

/** A place that the log can be written to. */
export interface RemovableVolume {
  readonly id: string;
  /** Such as `BACKUP, 14.9 GiB, vfat`. */
  readonly title: string;
}

/** What was installed. */
export interface InstallOutcome {
  readonly disk: string;
  readonly version: string;
  readonly bytesWritten: number;
  readonly durationMs: number;
  readonly notes: readonly string[];
}

/** Effects. Every promise may be rejected with an Error that tells a person what to do: `UserError` best. */
export interface InstallerPort {
  facts(): Promise<InstallerFacts>;
  /** Looks at the disks anew each time. */
  disks(): Promise<readonly InstallDisk[]>;
  /** Fetches a small text: ssh keys, a cloud-config. */
  fetchText(url: string, signal: AbortSignal): Promise<string>;
  /** Small files on removable media. */
  files(): Promise<readonly RemovableFile[]>;
  readFile(id: string): Promise<string>;
  install(
    request: InstallRequest,
    onEvent: (event: InstallEvent) => void,
    signal: AbortSignal,
  ): Promise<InstallOutcome>;
  volumes(): Promise<readonly RemovableVolume[]>;
  /** @returns The file that was written, as people know it. */
  saveLog(volume: string, text: string): Promise<string>;
  reboot(): Promise<void>;
}
