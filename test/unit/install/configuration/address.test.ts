import { expect, test } from 'vitest';
import { isInside, parseAddress, parsePrefixed } from '../../../../src/install/configuration/address.ts';

test.each([
  ['10.0.0.5', 0x0a000005n],
  ['0.0.0.0', 0n],
  ['255.255.255.255', 0xffffffffn],
])('%s is an IPv4 address', (text, value) => {
  expect(parseAddress(text)).toEqual({ family: 'ipv4', value });
});

test.each([
  ['::', 0n],
  ['::1', 1n],
  ['fd00::5', (0xfd00n << 112n) + 5n],
  ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n],
  ['1::', 1n << 112n],
  ['::ffff:10.0.0.5', 0xffff0a000005n],
])('%s is an IPv6 address', (text, value) => {
  expect(parseAddress(text)).toEqual({ family: 'ipv6', value });
});

test.each([
  '',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.05',
  '10.0.0.5.6',
  'a.b.c.d',
  '10.0.0.5/24',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '12345::',
  'g::',
  'fe80::1%eno1',
  '::10.0.0',
  '10.0.0.5::',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each([
  '10.0.0.5',
  '10.0.0.5/33',
  '10.0.0.5/',
  '10.0.0.5/-1',
  '10.0.0.5/24/1',
  'fd00::/129',
  '10.0.0.5/2a',
])('%j has no prefix that could be', (text) => {
  expect(parsePrefixed(text)).toBeUndefined();
});

test('a network is known by its first bits, of one family', () => {
  const inside = (address: string, network: string) => {
    const [one, other] = [parseAddress(address), parsePrefixed(network)];
    if (one === undefined || other === undefined) throw new Error('not addresses');
    return isInside(one, other);
  };
  expect(inside('10.0.0.254', '10.0.0.5/24')).toBe(true);
  expect(inside('10.0.1.1', '10.0.0.5/24')).toBe(false);
  expect(inside('10.0.1.1', '10.0.0.5/23')).toBe(true);
  expect(inside('fd00::ffff', 'fd00::5/64')).toBe(true);
  expect(inside('fd01::1', 'fd00::5/64')).toBe(false);
  expect(inside('::a00:1', '10.0.0.5/24')).toBe(false);
});
