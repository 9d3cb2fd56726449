/** Where a machine's configuration comes from. One file per source; `find.ts` asks them in the documented order. */
import type { MachineAddresses } from '../../cloud-config/config.ts';
import type { Host } from '../host.ts';

/** In the order in which they are asked; the first that has user data decides. */
export const sourceNames = [
  'kernel-command-line',
  'fw-cfg',
  'vmware',
  'ec2',
  'gce',
  'azure',
  'nocloud',
  'config-drive',
  'esp',
  'image',
] as const;
export type SourceName = (typeof sourceNames)[number];

/** What a source gave. */
export interface Found {
  readonly source: SourceName;
  /** The exact place: an address, a device and path, a file. */
  readonly where: string;
  /** A cloud-config or a script; undefined when there is only metadata. */
  readonly userData: string | undefined;
  readonly metadata: Metadata;
}

/** What the platform says of the machine, besides the user data. */
export interface Metadata {
  /** Used when the configuration names none. */
  readonly hostname?: string | undefined;
  /** For the user `core`, besides those of the configuration. */
  readonly sshAuthorizedKeys: readonly string[];
  readonly addresses: MachineAddresses;
}

export interface Source {
  readonly name: SourceName;
  /** Whether this machine has it: cheap, no network, no mount; a machine without any pays only this. */
  isHere(host: Host): boolean;
  /**
   * Reads it, trying again with growing pauses where the network is needed.
   * @param deadlineMs On the host's monotonic clock.
   * @returns Undefined when it is there and empty.
   * @throws {SourceError} when it is there and cannot be read before the deadline.
   */
  read(host: Host, deadlineMs: number): Found | undefined;
}

/** A source that is there and cannot be read: the machine keeps the configuration it has. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  constructor(
    readonly source: SourceName,
    readonly where: string,
    readonly reason: string,
  ) {
    super(`${source}: cannot read ${where}: ${reason}`);
  }
}
