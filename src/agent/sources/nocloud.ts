/** NoCloud: a disk labelled CIDATA, or an address in the SMBIOS serial number: docs/sources/nocloud.md. */
import type { Host } from '../host.ts';
import { type HttpAddress, isAddressProblem, parseHttpAddress } from '../http/address.ts';
import { readBounded } from '../machine/bounded.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { labelledDisk, withDisk } from './disk.ts';
import { fetchIfThere } from './fetch-user-data.ts';
import { readMetaData } from './meta-data-file.ts';
import { hostnameFrom, noMetadata } from './metadata.ts';
import { expandSeed, findSeed, type Seed } from './nocloud-seed.ts';
import { reading } from './reading.ts';
import { METADATA_MAXIMUM_BYTES, USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Found, Source } from './source.ts';
import { presentText, userDataText } from './user-data.ts';

const LABELS = ['cidata', 'CIDATA'];

export const noCloud: Source = {
  name: 'nocloud',
  isHere: (host) => findSeed(host) !== undefined || labelledDisk(host, LABELS) !== undefined,
  read(host, deadlineMs) {
    const seed = findSeed(host);
    const device = seed?.from === undefined ? labelledDisk(host, LABELS) : undefined;
    const found =
      seed?.from !== undefined
        ? readSeed(host, seed.given, expandSeed(host, seed.from), deadlineMs)
        : device !== undefined
          ? readDisk(host, device)
          : {
              source: 'nocloud' as const,
              where: seed?.given ?? '',
              userData: undefined,
              metadata: noMetadata,
            };
    return withHostname(host, found, seed);
  },
};

/** What was given beside the data names the machine: it is the more particular. */
function withHostname(host: Host, found: Found, seed: Seed | undefined): Found {
  const hostname = hostnameFrom(host, 'nocloud', seed?.hostname);
  return hostname === undefined ? found : { ...found, metadata: { ...found.metadata, hostname } };
}

function readDisk(host: Host, device: string): Found {
  return reading('nocloud', device, () =>
    withDisk(host, device, (folder) => {
      const userData = readBounded(host, `${folder}/user-data`, USER_DATA_MAXIMUM_BYTES);
      const metaData = readBounded(host, `${folder}/meta-data`, METADATA_MAXIMUM_BYTES);
      if (host.kind(`${folder}/network-config`) !== undefined) warnOfNetwork(host);
      return compose(host, `${device}, user-data`, userData, metaData);
    }),
  );
}

function readSeed(host: Host, given: string, from: string, deadlineMs: number): Found {
  const folder = from.endsWith('/') ? from : `${from}/`;
  const base = parseHttpAddress(folder);
  const where = isAddressProblem(base) ? given : `${base.shown}user-data`;
  return reading('nocloud', where, () => {
    if (isAddressProblem(base)) throw new Unreadable(`s= in ${given}: ${base.problem}`);
    if (base.text.includes('?'))
      throw new Unreadable(`s= in ${given} has a query: file names are added at its end`);
    if (base.scheme === 'http') {
      host.log(
        'warning',
        `nocloud: ${base.shown} is read without encryption: anyone on the way can change it`,
      );
    }
    const file = (name: string): HttpAddress => ({
      ...base,
      text: `${base.text}${name}`,
      shown: `${base.shown}${name}`,
    });
    const userData = fetchIfThere(host, file('user-data'), deadlineMs, USER_DATA_MAXIMUM_BYTES);
    const metaData = fetchIfThere(host, file('meta-data'), deadlineMs, METADATA_MAXIMUM_BYTES);
    return compose(host, where, userData, metaData);
  });
}

function compose(
  host: Host,
  where: string,
  userData: Uint8Array | undefined,
  metaData: Uint8Array | undefined,
): Found {
  if (userData === undefined && metaData === undefined)
    throw new Unreadable('there is neither user-data nor meta-data');
  const meta = metaData === undefined ? undefined : presentText(metaData, 'meta-data');
  return {
    source: 'nocloud',
    where,
    userData: userDataText(host, userData),
    metadata: meta === undefined ? noMetadata : readMetaData(host, 'nocloud', 'meta-data', meta),
  };
}

function warnOfNetwork(host: Host): void {
  host.log(
    'warning',
    'nocloud: network-config is passed over: write .network files of systemd-networkd with the configuration',
  );
}
