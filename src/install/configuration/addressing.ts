/** Checks how an interface gets its addresses, field by field. */
import {
  type Address,
  boundsOf,
  isInside,
  isLinkLocal,
  isReserved,
  type PrefixedAddress,
  parseAddress,
  parsePrefixed,
} from './address.ts';
import type { Addressing } from './answers.ts';
import type { AnswerFault } from './fault.ts';

/** Faults by field; none when nothing is wrong. */
export interface AddressingFaults {
  readonly addresses?: AnswerFault;
  readonly gateways?: AnswerFault;
  readonly dns?: AnswerFault;
}

/** Words of a field that takes several: `10.0.0.1, 10.0.0.2`. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** Checks one interface's addresses, gateways and name servers. */
export function addressingFaults(addressing: Addressing): AddressingFaults {
  if (addressing.kind !== 'static') return {};
  const addresses = addressesFault(addressing.addresses);
  const gateways = gatewaysFault(addressing);
  const dns = dnsFault(addressing.dns);
  return {
    ...(addresses && { addresses }),
    ...(gateways && { gateways }),
    ...(dns && { dns }),
  };
}

function addressesFault(addresses: readonly string[]): AnswerFault | undefined {
  if (addresses.length === 0)
    return { message: 'there is no address', hint: 'write one with its prefix, such as 10.0.0.5/24' };
  const twice = addresses.find((text, index) => addresses.indexOf(text) !== index);
  if (twice !== undefined) return { message: `${twice} is there twice`, hint: 'write it once' };
  for (const text of addresses) {
    const fault = addressFault(text);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function addressFault(text: string): AnswerFault | undefined {
  const bare = parseAddress(text);
  if (bare !== undefined)
    return {
      message: `${text} has no prefix`,
      hint: `add the length of its network's part, such as ${text}/${bare.family === 'ipv4' ? 24 : 64}`,
    };
  const mask = /^(.*)[/ ]255\.\d+\.\d+\.\d+$/.exec(text);
  if (mask !== null)
    return { message: `${text} has a netmask`, hint: `write its length, such as ${mask[1]}/24` };
  const address = parsePrefixed(text);
  if (address === undefined)
    return { message: `"${text}" is not an address`, hint: 'write one such as 10.0.0.5/24 or fd00::5/64' };
  if (isReserved(address))
    return { message: `${text} cannot be the address of a machine`, hint: 'write one such as 10.0.0.5/24' };
  return edgeFault(text, address);
}

/** The ends of an IPv4 network are no hosts, but in networks of two addresses (RFC 3021) and one. */
function edgeFault(text: string, address: PrefixedAddress): AnswerFault | undefined {
  if (address.prefix === 0) return { message: `${text} is in no network`, hint: 'a prefix is at least 1' };
  if (address.family !== 'ipv4' || address.prefix > 30) return undefined;
  const [first, last] = boundsOf(address);
  if (address.value === first)
    return { message: `${text} is the network itself`, hint: 'give the address of this machine in it' };
  if (address.value === last)
    return { message: `${text} is the network's broadcast`, hint: 'give the address of this machine' };
  return undefined;
}

function gatewaysFault({
  addresses,
  gateways,
}: Extract<Addressing, { kind: 'static' }>): AnswerFault | undefined {
  const networks = addresses.map(parsePrefixed).filter((each) => each !== undefined);
  const families = new Set<string>();
  for (const text of gateways) {
    const gateway = parseAddress(text);
    if (gateway === undefined)
      return {
        message: `"${text}" is not the address of a gateway`,
        hint: text.includes('/') ? 'write it without a prefix' : 'write one such as 10.0.0.1',
      };
    if (families.has(gateway.family))
      return { message: 'there are two gateways of one family', hint: 'one for IPv4, one for IPv6' };
    families.add(gateway.family);
    const fault = gatewayFault(text, gateway, networks);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function gatewayFault(
  text: string,
  gateway: Address,
  networks: readonly PrefixedAddress[],
): AnswerFault | undefined {
  if (isReserved(gateway))
    return { message: `${text} cannot be the address of a gateway`, hint: 'write one such as 10.0.0.1' };
  // Addresses that cannot be read are told of already.
  if (networks.length === 0 || isLinkLocal(gateway)) return undefined;
  if (networks.some((network) => network.value === gateway.value && network.family === gateway.family))
    return { message: `the gateway ${text} is this machine itself`, hint: 'give that of the router' };
  if (networks.some((network) => isInside(gateway, network))) return undefined;
  return {
    message: `the gateway ${text} is not in the network of the address`,
    hint: 'mend the address, its prefix, or the gateway',
  };
}

function dnsFault(dns: readonly string[]): AnswerFault | undefined {
  const wrong = dns.find((text) => {
    const address = parseAddress(text);
    return address === undefined || isReservedServer(address);
  });
  if (wrong === undefined) return undefined;
  return {
    message: `"${wrong}" is not the address of a name server`,
    hint: 'write an address without a prefix, such as 10.0.0.1',
  };
}

/** A name server may be on the machine itself, not nowhere. */
function isReservedServer(address: Address): boolean {
  const isLoopback = address.family === 'ipv4' ? address.value >> 24n === 127n : address.value === 1n;
  return isReserved(address) && !isLoopback;
}
