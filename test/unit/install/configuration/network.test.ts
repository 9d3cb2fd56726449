import { expect, test } from 'vitest';
import { addressingFaults, wordsOf } from '../../../../src/install/configuration/addressing.ts';
import type { Addressing, NetworkAnswers } from '../../../../src/install/configuration/answers.ts';
import { bondNameFault, networkFaults, vlanIdFault } from '../../../../src/install/configuration/network.ts';

const staticOf = (addresses: string, gateways = '', dns = ''): Addressing => ({
  kind: 'static',
  addresses: wordsOf(addresses),
  gateways: wordsOf(gateways),
  dns: wordsOf(dns),
});

test.each([
  ['10.0.0.5/24', '10.0.0.1', '10.0.0.2, 1.1.1.1'],
  ['10.0.0.5/24 fd00::5/64', '10.0.0.1, fd00::1', 'fd00::2 127.0.0.53'],
  ['10.0.0.0/31', '10.0.0.1', ''],
  ['10.0.0.5/32', '', ''],
  ['fd00::5/64', 'fe80::1', ''],
])('%s with gateway %s and servers %s is right', (addresses, gateways, dns) => {
  expect(addressingFaults(staticOf(addresses, gateways, dns))).toEqual({});
});

test.each([
  ['', '', '', 'there is no address'],
  ['10.0.0.5', '', '', '10.0.0.5 has no prefix'],
  ['10.0.0.5/255.255.255.0', '', '', '10.0.0.5/255.255.255.0 has a netmask'],
  ['10.0.0.555/24', '', '', '"10.0.0.555/24" is not an address'],
  ['10.0.0.0/24', '', '', '10.0.0.0/24 is the network itself'],
  ['10.0.0.255/24', '', '', "10.0.0.255/24 is the network's broadcast"],
  ['127.0.0.1/8', '', '', '127.0.0.1/8 cannot be the address of a machine'],
  ['224.0.0.1/24', '', '', '224.0.0.1/24 cannot be the address of a machine'],
  ['ff02::1/64', '', '', 'ff02::1/64 cannot be the address of a machine'],
  ['10.0.0.5/24 10.0.0.5/24', '', '', '10.0.0.5/24 is there twice'],
  ['10.0.0.5/0', '', '', '10.0.0.5/0 is in no network'],
  ['10.0.0.5/24', '10.0.1.1', '', 'the gateway 10.0.1.1 is not in the network of the address'],
  ['10.0.0.5/24', '10.0.0.5', '', 'the gateway 10.0.0.5 is this machine itself'],
  ['10.0.0.5/24', '10.0.0.1/24', '', '"10.0.0.1/24" is not the address of a gateway'],
  ['10.0.0.5/24', 'router', '', '"router" is not the address of a gateway'],
  ['10.0.0.5/24', 'fd00::1', '', 'the gateway fd00::1 is not in the network of the address'],
  ['10.0.0.5/24', '10.0.0.1 10.0.0.2', '', 'there are two gateways of one family'],
  ['10.0.0.5/24', '0.0.0.0', '', '0.0.0.0 cannot be the address of a gateway'],
  ['10.0.0.5/24', '', 'dns.example.com', '"dns.example.com" is not the address of a name server'],
  ['10.0.0.5/24', '', '0.0.0.0', '"0.0.0.0" is not the address of a name server'],
])('%j with gateway %j and servers %j is refused', (addresses, gateways, dns, message) => {
  const faults = Object.values(addressingFaults(staticOf(addresses, gateways, dns)));
  expect(faults.map((fault) => fault.message)).toEqual([message]);
  expect(faults[0]?.hint).not.toBe('');
});

test('ids of VLANs are 1 to 4094', () => {
  for (const id of ['1', '100', '4094']) expect(vlanIdFault(id)).toBeUndefined();
  for (const id of ['', '0', '4095', '99999', '1.5', 'x', '-1']) expect(vlanIdFault(id)).toBeDefined();
});

test('bonds are not named as cards are', () => {
  for (const name of ['bond0', 'lan', 'storage1']) expect(bondNameFault(name)).toBeUndefined();
  for (const name of ['', 'eno1', 'eth0', 'vlan5', 'lo', 'a b', 'Bond', 'bond012345678901', '0bond'])
    expect(bondNameFault(name)).toBeDefined();
});

const none: NetworkAnswers = { cards: [], bonds: [], vlans: [] };
const known = ['eno1', 'eno2', 'eno3', 'eno4'];
const dhcp: Addressing = { kind: 'dhcp' };
const messages = (network: Partial<NetworkAnswers>) =>
  networkFaults({ ...none, ...network }, known).map(({ message }) => message);

test('a whole network is right', () => {
  expect(
    messages({
      cards: [{ name: 'eno1', addressing: staticOf('10.0.0.5/24', '10.0.0.1') }],
      bonds: [{ name: 'bond0', members: ['eno2', 'eno3'], mode: '802.3ad', addressing: { kind: 'none' } }],
      vlans: [
        { id: 100, parent: 'bond0', addressing: dhcp },
        { id: 200, parent: 'eno1', addressing: staticOf('10.2.0.5/24', 'fe80::1') },
      ],
    }),
  ).toEqual([]);
});

test.each<[string, Partial<NetworkAnswers>]>([
  ['this machine has no network card eno9', { cards: [{ name: 'eno9', addressing: dhcp }] }],
  [
    'a bond has two cards at least',
    { bonds: [{ name: 'bond0', members: ['eno1'], mode: '802.3ad', addressing: dhcp }] },
  ],
  [
    'eno2 is in bond0 already',
    {
      bonds: [
        { name: 'bond0', members: ['eno1', 'eno2'], mode: '802.3ad', addressing: dhcp },
        { name: 'bond1', members: ['eno2', 'eno3'], mode: '802.3ad', addressing: dhcp },
      ],
    },
  ],
  [
    'bond0 is there twice',
    {
      bonds: [
        { name: 'bond0', members: ['eno1', 'eno2'], mode: '802.3ad', addressing: dhcp },
        { name: 'bond0', members: ['eno3', 'eno4'], mode: '802.3ad', addressing: dhcp },
      ],
    },
  ],
  [
    'VLAN 100 is there already',
    {
      vlans: [
        { id: 100, parent: 'eno1', addressing: dhcp },
        { id: 100, parent: 'eno2', addressing: dhcp },
      ],
    },
  ],
  ['VLAN 100 is on bond7, which is not there', { vlans: [{ id: 100, parent: 'bond7', addressing: dhcp }] }],
  ['eno1: 10.0.0.5 has no prefix', { cards: [{ name: 'eno1', addressing: staticOf('10.0.0.5') }] }],
  [
    'eno1 and vlan5 both have a gateway',
    {
      cards: [{ name: 'eno1', addressing: staticOf('10.0.0.5/24', '10.0.0.1') }],
      vlans: [{ id: 5, parent: 'eno1', addressing: staticOf('10.5.0.5/24', '10.5.0.1') }],
    },
  ],
  [
    '10.0.0.5 is on eno1 and on eno2',
    {
      cards: [
        { name: 'eno1', addressing: staticOf('10.0.0.5/24') },
        { name: 'eno2', addressing: staticOf('10.0.0.5/16') },
      ],
    },
  ],
])('%s', (message, network) => {
  expect(messages(network)).toEqual([message]);
});

test('a VLAN is not on a member of a bond', () => {
  expect(
    messages({
      bonds: [{ name: 'bond0', members: ['eno1', 'eno2'], mode: '802.3ad', addressing: dhcp }],
      vlans: [{ id: 5, parent: 'eno1', addressing: dhcp }],
    }),
  ).toEqual(['vlan5 is on eno1', 'eno1 is in bond0']);
});
