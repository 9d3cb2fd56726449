/** The OVF descriptor of a machine (DMTF DSP0243 1.1), and the manifest beside it. */
import { MIB } from '../units.ts';

/** What a machine needs at least to be of use; whoever imports it may give it more. */
export const machineShape = { cpus: 2, memoryBytes: 2048 * MIB } as const;

export interface OvfOptions {
  readonly image: string;
  readonly version: string;
  /** File name of the VMDK beside the descriptor. */
  readonly diskFile: string;
  readonly diskFileBytes: number;
  /** Size of the disk in it. */
  readonly diskBytes: number;
  /** By which VirtualBox's own part of the descriptor names the disk. */
  readonly diskUuid: string;
  readonly machineUuid: string;
}

/**
 * Values for `templates/ovf/machine.ovf.hbs`. That descriptor has the machine twice: as VMware reads it (its own
 * controller and network card, and firmware as `vmw:Config`), and as a `vbox:Machine` that VirtualBox takes in place of it,
 * since VirtualBox knows no other way to be told that a machine has UEFI firmware.
 */
export function ovfValues(options: OvfOptions): Readonly<Record<string, string | number>> {
  return {
    ...options,
    name: `${options.image}_${options.version}`,
    cpus: machineShape.cpus,
    memoryMib: machineShape.memoryBytes / MIB,
  };
}

/** The manifest: a line for each file (DSP0243 1.1, section 5.1). VMware since 6.5 and VirtualBox since 4.3.8 know SHA-256. */
export function ovfManifest(files: readonly { readonly file: string; readonly sha256: string }[]): string {
  return files.map(({ file, sha256 }) => `SHA256(${file})= ${sha256}\n`).join('');
}
