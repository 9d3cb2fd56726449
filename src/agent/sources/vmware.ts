/** VMware's guestinfo properties: docs/sources/vmware.md. */
import type { Host } from '../host.ts';
import { isAddressProblem, parseHttpAddress } from '../http/address.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { dmi } from './dmi.ts';
import { fetchUserData } from './fetch-user-data.ts';
import { guestAddresses } from './guest-addresses.ts';
import { type GuestInfo, guestInfo } from './guest-info.ts';
import { readMetaData } from './meta-data-file.ts';
import { hostnameFrom, noMetadata } from './metadata.ts';
import { reading } from './reading.ts';
import type { Found, Metadata, Source } from './source.ts';
import { userDataText } from './user-data.ts';

const DATA_KEYS = ['userdata', 'coreos.config.data'] as const;
const URL_KEY = 'coreos.config.url';

export const vmware: Source = {
  name: 'vmware',
  isHere: (host) => dmi(host, 'sys_vendor') === 'VMware, Inc.',
  read: (host, deadlineMs) =>
    reading('vmware', 'guestinfo', () => {
      const info = guestInfo(host, deadlineMs);
      if (info === undefined) {
        host.log(
          'warning',
          'vmware: passed over: the image has neither vmware-rpctool nor vmtoolsd; the package open-vm-tools has both',
        );
        return undefined;
      }
      const { where, userData } = readUserData(host, info, deadlineMs);
      return { source: 'vmware', where, userData, metadata: readMetadata(host, info) };
    }),
};

function readUserData(host: Host, info: GuestInfo, deadlineMs: number): Pick<Found, 'where' | 'userData'> {
  for (const key of DATA_KEYS) {
    const bytes = info.decoded(key);
    const userData = bytes && userDataText(host, bytes);
    // What cloud-init leaves of user data that was to be forgotten ("redact").
    if (userData !== undefined && userData.trim() !== '---') return { where: `guestinfo.${key}`, userData };
  }
  const url = info.text(URL_KEY);
  if (url === undefined) return { where: 'guestinfo', userData: undefined };
  const address = parseHttpAddress(url);
  if (isAddressProblem(address)) throw new Unreadable(`guestinfo.${URL_KEY}: ${address.problem}`);
  if (address.scheme === 'http') {
    host.log(
      'warning',
      `vmware: ${address.shown} is fetched without encryption: anyone on the way can change it`,
    );
  }
  return { where: address.shown, userData: userDataText(host, fetchUserData(host, address, deadlineMs)) };
}

function readMetadata(host: Host, info: GuestInfo): Metadata {
  const bytes = info.decoded('metadata');
  const text = bytes && userDataText(host, bytes);
  const metadata = text === undefined ? noMetadata : readMetaData(host, 'vmware', 'guestinfo.metadata', text);
  return {
    ...metadata,
    hostname: metadata.hostname ?? hostnameFrom(host, 'vmware', info.text('hostname')),
    addresses: guestAddresses(info),
  };
}
