/** Whether a disk is still the one that was chosen: names such as sda belong to whatever is found next. */
import type { InstallDisk } from '../disk.ts';

/** What a disk was known by when it was chosen. */
export type DiskIdentity = Pick<InstallDisk, 'sizeBytes' | 'serial' | 'wwn'>;

/**
 * What tells two disks apart, as a sentence without a full stop; undefined when nothing does. Pure. A serial or a WWN that only
 * one of them tells says nothing: udev may have come to know it since.
 */
export function whyAnotherDisk(now: DiskIdentity, then: DiskIdentity): string | undefined {
  if (differ(now.serial, then.serial)) return `its serial is ${now.serial}, and was ${then.serial}`;
  if (differ(now.wwn, then.wwn)) return `its WWN is ${now.wwn}, and was ${then.wwn}`;
  return now.sizeBytes === then.sizeBytes
    ? undefined
    : `it has ${now.sizeBytes} bytes, and had ${then.sizeBytes}`;
}

function differ(now: string | undefined, then: string | undefined): boolean {
  return now !== undefined && then !== undefined && now !== then;
}
