/** Addresses of coreos-cloudinit's `guestinfo.interface.N.…` (its vmware-guestinfo.md). */
import type { MachineAddresses } from '../../cloud-config/config.ts';
import { isIpv4, isIpv6 } from '../http/address.ts';
import type { GuestInfo } from './guest-info.ts';

/** Each question starts a program. */
const MAXIMUM_INTERFACES = 8;
const MAXIMUM_ADDRESSES = 4;

/** Interfaces are counted from 0 without gaps; of several addresses of one kind the last counts, as it did there. */
export function guestAddresses(info: GuestInfo): MachineAddresses {
  const found: Record<string, string> = {};
  for (let number = 0; number < MAXIMUM_INTERFACES; number++) {
    const role = info.text(`interface.${number}.role`);
    if (role === undefined) break;
    if (role !== 'public' && role !== 'private') continue;
    for (let index = 0; index < MAXIMUM_ADDRESSES; index++) {
      const address = info.text(`interface.${number}.ip.${index}.address`)?.split('/')[0];
      if (address === undefined) break;
      if (isIpv4(address)) found[`${role}_ipv4`] = address;
      else if (isIpv6(address)) found[`${role}_ipv6`] = address;
    }
  }
  return found;
}
