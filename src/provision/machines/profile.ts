/** What machines.yaml says, with groups filled in. */
import type { Origin } from '../../yaml/origin.ts';
import type { MachinesDocument } from './schema.ts';

export type NetworkSettings = MachinesDocument['network'];
export type StatusSettings = NonNullable<MachinesDocument['status']>;

/** Which machines a profile is for: everything that is given must be true. */
export interface Selector {
  /** Any of them; normal spelling. */
  readonly macs: readonly string[] | undefined;
  readonly uuid: string | undefined;
  readonly serviceTag: string | undefined;
  readonly vendor: string | undefined;
  readonly model: string | undefined;
}

/** Where the installer finds its disk: the value of basalt.install.disk. */
export type DiskChoice =
  | `serial:${string}`
  | `wwn:${string}`
  | `path:${string}`
  | 'smallest-nvme'
  | 'smallest-any';

/** Where a machine's cloud-config comes from. */
export type ConfigChoice =
  | {
      readonly kind: 'template';
      readonly template: string;
      readonly values: Readonly<Record<string, string | number | readonly string[]>>;
      /** Absolute folder with the files of parameters. */
      readonly files: string | undefined;
    }
  /** An absolute path. */
  | { readonly kind: 'file'; readonly file: string };

/** One entry of machines.yaml. */
export interface Profile {
  readonly name: string;
  readonly group: string | undefined;
  readonly selector: Selector;
  readonly image: string;
  readonly version: string | undefined;
  readonly disk: DiskChoice;
  readonly keepVar: boolean;
  readonly config: ConfigChoice | undefined;
  readonly kernelArguments: readonly string[];
  readonly origin: Origin;
}

/** A machines.yaml that is right. */
export interface Machines {
  readonly network: NetworkSettings;
  readonly status: StatusSettings;
  readonly profiles: readonly Profile[];
}
