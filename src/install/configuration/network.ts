/** Checks the network as a whole: names, bonds, VLANs, and what excludes each other. */
import { addressingFaults } from './addressing.ts';
import { type Addressing, type NetworkAnswers, type VlanAnswer, vlanName } from './answers.ts';
import type { AnswerFault } from './fault.ts';

/** What is wrong with a VLAN's id as it was typed. */
export function vlanIdFault(text: string): AnswerFault | undefined {
  const id = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return id >= 1 && id <= 4094
    ? undefined
    : { message: `"${text}" is not the id of a VLAN`, hint: 'ids are numbers from 1 to 4094' };
}

/** What is wrong with the name of a bond. */
export function bondNameFault(name: string): AnswerFault | undefined {
  // The kernel takes more, and systemd gives cards names of these forms.
  if (/^(en|eth|wl|ww|vlan|lo$)/.test(name))
    return { message: `"${name}" looks like another interface`, hint: 'write one such as bond0' };
  return /^[a-z][a-z0-9]{0,13}$/.test(name)
    ? undefined
    : {
        message: `"${name}" is not a name for a bond`,
        hint: 'up to 14 small letters and digits, such as bond0',
      };
}

/** What is wrong with the members of a bond. */
export function membersFault(
  members: readonly string[],
  others: readonly NetworkAnswers['bonds'][number][],
  vlans: readonly VlanAnswer[],
): AnswerFault | undefined {
  if (members.length < 2)
    return { message: 'a bond has two cards at least', hint: 'mark them with the space bar' };
  for (const member of members) {
    const other = others.find((bond) => bond.members.includes(member));
    if (other !== undefined)
      return { message: `${member} is in ${other.name} already`, hint: 'a card is in one bond' };
    const vlan = vlans.find(({ parent }) => parent === member);
    if (vlan !== undefined)
      return {
        message: `${vlanName(vlan)} is on ${member}`,
        hint: 'remove the VLAN first, and put it on the bond',
      };
  }
  return undefined;
}

/** What is wrong with a VLAN beside others. */
export function vlanFault(
  vlan: Pick<VlanAnswer, 'id' | 'parent'>,
  network: NetworkAnswers,
): AnswerFault | undefined {
  if (network.vlans.some(({ id }) => id === vlan.id))
    return { message: `VLAN ${vlan.id} is there already`, hint: 'each id once' };
  const bond = network.bonds.find(({ members }) => members.includes(vlan.parent));
  if (bond !== undefined)
    return { message: `${vlan.parent} is in ${bond.name}`, hint: `put the VLAN on ${bond.name}` };
  return undefined;
}

/**
 * Everything that is wrong with a network.
 * @param known Names of the machine's cards.
 */
export function networkFaults(network: NetworkAnswers, known: readonly string[]): readonly AnswerFault[] {
  const { cards, bonds, vlans } = network;
  const faults: (AnswerFault | undefined)[] = [];
  for (const name of [...cards.map((card) => card.name), ...bonds.flatMap(({ members }) => members)])
    if (!known.includes(name))
      faults.push({ message: `this machine has no network card ${name}`, hint: known.join(', ') });
  for (const [index, bond] of bonds.entries()) {
    faults.push(bondNameFault(bond.name), membersFault(bond.members, bonds.slice(0, index), vlans));
    if (bonds.findIndex(({ name }) => name === bond.name) !== index)
      faults.push({ message: `${bond.name} is there twice`, hint: 'give one another name' });
  }
  for (const [index, vlan] of vlans.entries()) {
    faults.push(vlanIdFault(String(vlan.id)), vlanFault(vlan, { ...network, vlans: vlans.slice(0, index) }));
    if (![...known, ...bonds.map(({ name }) => name)].includes(vlan.parent))
      faults.push({
        message: `VLAN ${vlan.id} is on ${vlan.parent}, which is not there`,
        hint: 'a card or a bond',
      });
  }
  const interfaces = interfacesOf(network);
  for (const { name, addressing } of interfaces)
    for (const fault of Object.values(addressingFaults(addressing)) as AnswerFault[])
      faults.push({ ...fault, message: `${name}: ${fault.message}` });
  faults.push(sameAddress(interfaces), severalGateways(interfaces));
  return faults.filter((fault) => fault !== undefined);
}

/** An interface by its name. */
interface Interface {
  readonly name: string;
  readonly addressing: Addressing;
}

function interfacesOf({ cards, bonds, vlans }: NetworkAnswers): readonly Interface[] {
  const members = bonds.flatMap((bond) => bond.members);
  return [
    ...cards.filter(({ name }) => !members.includes(name)),
    ...bonds,
    ...vlans.map((vlan) => ({ name: vlanName(vlan), addressing: vlan.addressing })),
  ];
}

/** Two gateways on two interfaces send answers the wrong way round. */
function severalGateways(interfaces: readonly Interface[]): AnswerFault | undefined {
  for (const isFamily of [(text: string) => !text.includes(':'), (text: string) => text.includes(':')]) {
    const having = interfaces.filter(
      ({ addressing }) => addressing.kind === 'static' && addressing.gateways.some(isFamily),
    );
    if (having.length > 1)
      return {
        message: `${having.map(({ name }) => name).join(' and ')} both have a gateway`,
        hint: 'give the one that leads to other networks, and leave the others empty',
      };
  }
  return undefined;
}

function sameAddress(interfaces: readonly Interface[]): AnswerFault | undefined {
  const seen = new Map<string, string>();
  for (const { name, addressing } of interfaces) {
    for (const text of addressing.kind === 'static' ? addressing.addresses : []) {
      const address = text.split('/')[0] ?? '';
      const other = seen.get(address);
      if (other !== undefined && other !== name)
        return { message: `${address} is on ${other} and on ${name}`, hint: 'each address once' };
      seen.set(address, name);
    }
  }
  return undefined;
}
