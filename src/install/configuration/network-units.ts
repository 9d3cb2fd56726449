/** The network as files of systemd-networkd: systemd.network(5), systemd.netdev(5). */
import { type Addressing, type BondAnswer, type NetworkAnswers, vlanName } from './answers.ts';

/** A file below /etc/systemd/network. */
export interface NetworkUnit {
  readonly name: string;
  readonly content: string;
}

/** Goes before the image's own, 89-basalt-dhcp.network. */
const ORDER = '20';

/** Files for what was answered; cards that stay with DHCP and carry nothing need none. */
export function networkUnits(network: NetworkAnswers): readonly NetworkUnit[] {
  const { cards, bonds, vlans } = network;
  const members = bonds.flatMap((bond) => bond.members);
  const parents = new Set(vlans.map(({ parent }) => parent));
  const names = [...new Set([...cards.map(({ name }) => name), ...parents])].filter(
    (name) => !members.includes(name) && !bonds.some((bond) => bond.name === name),
  );
  return [
    ...names.flatMap((name) => {
      const addressing = cards.find((card) => card.name === name)?.addressing ?? { kind: 'dhcp' };
      if (addressing.kind === 'dhcp' && !parents.has(name)) return [];
      return [networkFile(name, addressing, network)];
    }),
    ...bonds.flatMap((bond) => [
      bondDevice(bond),
      ...bond.members.map((member) => memberFile(member, bond)),
      networkFile(bond.name, bond.addressing, network),
    ]),
    ...vlans.flatMap((vlan) => [
      {
        name: `${ORDER}-${vlanName(vlan)}.netdev`,
        content: unitText([
          ['NetDev', [`Name=${vlanName(vlan)}`, 'Kind=vlan']],
          ['VLAN', [`Id=${vlan.id}`]],
        ]),
      },
      networkFile(vlanName(vlan), vlan.addressing, network),
    ]),
  ];
}

type Section = readonly [name: string, lines: readonly string[]];

function networkFile(name: string, addressing: Addressing, { vlans }: NetworkAnswers): NetworkUnit {
  const carried = vlans.filter(({ parent }) => parent === name).map((vlan) => `VLAN=${vlanName(vlan)}`);
  const isUnused = addressing.kind === 'none' && carried.length === 0;
  const sections: Section[] = [
    ['Match', [`Name=${name}`]],
    ['Link', isUnused ? ['Unmanaged=yes'] : addressing.kind === 'none' ? ['RequiredForOnline=carrier'] : []],
    ['Network', isUnused ? [] : [...addressLines(addressing), ...carried]],
    ...(addressing.kind === 'dhcp'
      ? ([
          ['DHCPv4', ['UseDomains=yes']],
          ['DHCPv6', ['UseDomains=yes']],
        ] satisfies Section[])
      : []),
  ];
  // The reader of cloud-configs wants a [Network] section, or there is only [Match] and [Link].
  return { name: `${ORDER}-${name}.network`, content: unitText(sections) };
}

function addressLines(addressing: Addressing): readonly string[] {
  switch (addressing.kind) {
    case 'dhcp':
      return ['DHCP=yes', 'IPv6AcceptRA=yes'];
    case 'static':
      return [
        ...addressing.addresses.map((address) => `Address=${address}`),
        ...addressing.gateways.map((gateway) => `Gateway=${gateway}`),
        ...addressing.dns.map((server) => `DNS=${server}`),
        'DHCP=no',
        // Routers may not add addresses to those that were chosen.
        'IPv6AcceptRA=no',
      ];
    case 'none':
      return ['DHCP=no', 'IPv6AcceptRA=no', 'LinkLocalAddressing=no'];
  }
}

function memberFile(member: string, { name }: BondAnswer): NetworkUnit {
  return {
    name: `${ORDER}-${member}.network`,
    content: unitText([
      ['Match', [`Name=${member}`]],
      ['Network', [`Bond=${name}`]],
    ]),
  };
}

function bondDevice({ name, mode }: BondAnswer): NetworkUnit {
  return {
    name: `${ORDER}-${name}.netdev`,
    content: unitText([
      ['NetDev', [`Name=${name}`, 'Kind=bond']],
      [
        'Bond',
        [
          `Mode=${mode}`,
          // Without it a dead link is never noticed: the kernel's default is no monitoring.
          'MIIMonitorSec=100ms',
          ...(mode === '802.3ad' ? ['LACPTransmitRate=fast'] : []),
          ...(mode === 'active-backup' ? [] : ['TransmitHashPolicy=layer3+4']),
        ],
      ],
    ]),
  };
}

function unitText(sections: readonly Section[]): string {
  return `${sections
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => [`[${name}]`, ...lines].join('\n'))
    .join('\n\n')}\n`;
}
