/**
 * The stages a plan is made of: what each takes and gives, as data. The code that runs them is in `stages/`,
 * one file each. A stage's `version` is raised whenever its code changes what it makes: it is part of the digest.
 */
import type { Compression } from '../recipe/recipe.ts';
import type { TrimOptions } from '../tree/trim.ts';

/** One entry laid over the root tree. Content is named by digest; the plan's sources say where it is. */
export type RootEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly owner: string;
      readonly group: string;
      readonly sha256: string;
    }
  | {
      readonly kind: 'directory';
      readonly path: string;
      readonly mode: number;
      readonly owner: string;
      readonly group: string;
    }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

/** A file given to a stage by name. */
export interface NamedFile {
  readonly path: string;
  readonly mode: number;
  readonly sha256: string;
}

/** A partition of the image: its sizes, and which of the disk's three uses makes it. */
export interface DiskOptions {
  readonly epoch: number;
  readonly version: string;
  /** UUID from which systemd-repart derives those it is not given. */
  readonly seed: string;
  readonly espBytes: number;
  readonly rootBytes: number;
  readonly verityBytes: number;
  /** How many UKIs must fit into the ESP: the running one, the next, and one being written. */
  readonly ukisInEsp: number;
  readonly ukiName: string;
  readonly espFiles: readonly NamedFile[];
  /** repart.d(5) files, rendered. */
  readonly definitions: readonly NamedFile[];
}

/** Options of each kind of stage. */
export interface StageOptions {
  fetch: { readonly objects: readonly string[] };
  packages: {
    readonly epoch: number;
    readonly order: readonly string[];
    readonly essential: readonly string[];
  };
  hooks: {
    readonly epoch: number;
    /** What runs them is the machine's, not the tools tree's: its version decides with them. */
    readonly runtime: string;
    readonly scripts: readonly {
      readonly sha256: string;
      readonly environment: Readonly<Record<string, string>>;
    }[];
  };
  kernel: {
    readonly epoch: number;
    readonly package: string;
    /** Modules that are left out; undefined for none. */
    readonly modules?: { readonly drop: readonly string[]; readonly keep: readonly string[] };
  };
  initrd: {
    readonly epoch: number;
    readonly order: readonly string[];
    readonly modules: readonly string[];
    readonly drivers: readonly string[];
    /** Basalt's dracut module and what it installs. */
    readonly files: readonly NamedFile[];
  };
  root: {
    readonly epoch: number;
    readonly drop: readonly string[];
    readonly trim: TrimOptions;
    readonly entries: readonly RootEntry[];
    /** Numbers that the recipe gives to accounts, by name. */
    readonly accountIds: Readonly<Record<string, number>>;
    readonly compression: Compression;
    /** The slot the image must fit into. */
    readonly rootBytes: number;
  };
  verity: { readonly salt: string; readonly uuid: string; readonly verityBytes: number };
  'blank-uki': {
    readonly epoch: number;
    /** Of the kernel; the root hash comes first. */
    readonly arguments: readonly string[];
    readonly osRelease: string;
  };
  uki: Record<string, never>;
  disk: DiskOptions;
  extension: {
    readonly epoch: number;
    readonly image: string;
    readonly version: string;
    /** Packages whose files it has. */
    readonly order: readonly string[];
    readonly trim: TrimOptions;
    /** The installer and what starts it, by path in the extension. */
    readonly files: readonly NamedFile[];
    /** Name of the UKI that is installed. */
    readonly ukiName: string;
  };
  pxe: {
    readonly epoch: number;
    /** Of the kernel that starts it; the root hash comes first. */
    readonly arguments: readonly string[];
  };
  'live-uki': { readonly epoch: number; readonly osRelease: string };
  iso: {
    readonly epoch: number;
    /** Volume id of the ISO (ECMA-119: 32 characters). */
    readonly volume: string;
    /** Of the UKI in its ESP. */
    readonly ukiName: string;
    readonly espFiles: readonly NamedFile[];
    /** GUID of its partition table. */
    readonly guid: string;
  };
  qcow2: Record<string, never>;
  'raw.zst': { readonly level: number };
  vmdk: MachineDiskOptions;
  vhdx: MachineDiskOptions;
  vhd: MachineDiskOptions & { readonly epoch: number };
  gce: MachineDiskOptions & { readonly epoch: number };
  ova: MachineOptions;
  'vagrant-libvirt': Omit<MachineOptions, 'ovf'> & { readonly vagrantfile: string };
  'vagrant-virtualbox': MachineOptions & { readonly vagrantfile: string };
}

/** A disk that a platform gives to a machine as it is, where an image need only be as large as its content. */
export interface MachineDiskOptions {
  /** The least disk on which the image becomes a machine: both slots and /var. */
  readonly machineBytes: number;
}

/** A package of a disk and the description of its machine. */
export interface MachineOptions {
  readonly epoch: number;
  readonly image: string;
  readonly version: string;
  /** Digest of the template of the OVF descriptor. */
  readonly ovf: string;
}

export type StageKind = keyof StageOptions;

/** Raised when a stage's code changes what it makes. */
export const stageVersions: Readonly<Record<StageKind, number>> = {
  fetch: 1,
  packages: 3,
  hooks: 1,
  kernel: 1,
  initrd: 3,
  root: 5,
  verity: 1,
  'blank-uki': 1,
  uki: 2,
  disk: 2,
  extension: 1,
  pxe: 1,
  'live-uki': 1,
  iso: 1,
  qcow2: 2,
  'raw.zst': 1,
  vmdk: 2,
  vhdx: 1,
  vhd: 1,
  gce: 1,
  ova: 1,
  'vagrant-libvirt': 1,
  'vagrant-virtualbox': 1,
};
