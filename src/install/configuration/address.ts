/** Internet addresses: RFC 791, RFC 4291 (2.2), RFC 4632. */

/** An address as a number. */
export interface Address {
  readonly family: 'ipv4' | 'ipv6';
  readonly value: bigint;
}

/** An address with the length of its network's prefix. */
export interface PrefixedAddress extends Address {
  readonly prefix: number;
}

/** Reads an address without prefix or zone; undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  const four = parseFour(text);
  if (four !== undefined) return { family: 'ipv4', value: four };
  const six = parseSix(text);
  return six === undefined ? undefined : { family: 'ipv6', value: six };
}

/** Reads `10.0.0.5/24`; undefined when it is none, or when there is no prefix. */
export function parsePrefixed(text: string): PrefixedAddress | undefined {
  const [written = '', prefix = '', ...rest] = text.split('/');
  const address = parseAddress(written);
  if (address === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return undefined;
  const length = Number(prefix);
  return length > bitsOf(address) ? undefined : { ...address, prefix: length };
}

/** Whether an address is in the network of another. */
export function isInside(address: Address, network: PrefixedAddress): boolean {
  const shift = BigInt(bitsOf(network) - network.prefix);
  return address.family === network.family && address.value >> shift === network.value >> shift;
}

/** The network's own address, and the last one in it, which is IPv4's broadcast. */
export function boundsOf(network: PrefixedAddress): readonly [first: bigint, last: bigint] {
  const shift = BigInt(bitsOf(network) - network.prefix);
  const first = (network.value >> shift) << shift;
  return [first, first + (1n << shift) - 1n];
}

/** `fe80::/10`, which is on every link and in no network. */
export function isLinkLocal({ family, value }: Address): boolean {
  return family === 'ipv6' && value >> 118n === 0xfe80n >> 6n;
}

/** What no interface can have: unspecified, loopback, multicast, IPv4's class E and broadcast. */
export function isReserved({ family, value }: Address): boolean {
  if (family === 'ipv6') return value <= 1n || value >> 120n === 0xffn;
  const first = Number(value >> 24n);
  return first === 0 || first === 127 || first >= 224;
}

function bitsOf({ family }: Address): number {
  return family === 'ipv4' ? 32 : 128;
}

function parseFour(text: string): bigint | undefined {
  const parts = text.split('.');
  // A leading zero means octal to some programs.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseSix(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const known = head.length + (tail?.length ?? 0);
  if (halves.length === 1 ? known !== 8 : known > 7) return undefined;
  const groups = [...head, ...Array<bigint>(8 - known).fill(0n), ...(tail ?? [])];
  return groups.reduce((value, group) => value * 65_536n + group, 0n);
}

/** Groups of 16 bits; the last two of the whole may be an IPv4 address. */
function groupsOf(half: string, isEnd: boolean): readonly bigint[] | undefined {
  if (half === '') return [];
  const groups: bigint[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    const four = isEnd && index === parts.length - 1 ? parseFour(part) : undefined;
    if (four !== undefined) groups.push(four >> 16n, four & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
