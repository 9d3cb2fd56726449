/** Where this server is on the network of the machines. */
import { networkInterfaces } from 'node:os';
import { UserError } from '../../errors.ts';
import type { NetworkSettings } from '../machines/profile.ts';
import type { Place } from './dnsmasq-configuration.ts';

/**
 * The address that machines reach, and the netmask of its network.
 * @throws {UserError} when the interface is not there, or has not the address.
 */
export function findPlace({ interface: name, address }: NetworkSettings): Place {
  const all = networkInterfaces();
  const found = (all[name] ?? []).filter(({ family }) => family === 'IPv4');
  const [first] = found;
  if (first === undefined) {
    throw new UserError('interface-missing', `the network interface ${name} has no IPv4 address`, {
      seen: `interfaces with one: ${Object.keys(all).join(', ') || 'none'}`,
      needed: 'the interface of the network that the machines are in',
      next: [`ip address add ADDRESS/BITS dev ${name}`, 'or name another interface in machines.yaml'],
    });
  }
  const wanted = address === undefined ? first : found.find((each) => each.address === address);
  if (wanted !== undefined) return { address: wanted.address, netmask: wanted.netmask };
  throw new UserError('address-missing', `the interface ${name} has not the address ${address}`, {
    seen: found.map((each) => each.address).join(', '),
    next: ['mend address in machines.yaml, or leave it out: then it is the first of the interface'],
  });
}
