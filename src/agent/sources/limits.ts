/** How long each source may take. The table in docs/sources/README.md is made of these. */
import type { SourceName } from './source.ts';

/** From the moment a source is asked, in milliseconds. */
export const sourceLimitsMs: Readonly<Record<SourceName, number>> = {
  // Over the network: an address, a name server and a server, each of which may come up at the same time as this machine.
  'kernel-command-line': 120_000,
  'fw-cfg': 5000,
  vmware: 20_000,
  ec2: 120_000,
  gce: 120_000,
  azure: 120_000,
  // A disk takes seconds; the address in the SMBIOS serial number goes over the network.
  nocloud: 120_000,
  'config-drive': 20_000,
  esp: 20_000,
  image: 5000,
};

/** All sources together: the boot goes on after it, with what the machine has. */
export const searchLimitMs = 180_000;
