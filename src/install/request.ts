/** What is to be installed where, and with what configuration: all that the engine needs to know. */
import type { DiskIdentity } from './disks/identity.ts';

export interface InstallRequest {
  /** Path of the disk's device. It was chosen, and its name confirmed, before. */
  readonly disk: string;
  /** The disk as it was when it was chosen: another one that has its name by now is refused. */
  readonly chosen?: DiskIdentity;
  /** Keep the data in /var of an earlier installation. */
  readonly keepVar: boolean;
  /** The whole cloud-config, checked; undefined for none. */
  readonly cloudConfig: string | undefined;
  /** Where the installed system reports that it runs (docs/provisioning.md); undefined when nobody asked. */
  readonly report: { readonly url: string; readonly token: string } | undefined;
}
