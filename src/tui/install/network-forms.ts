/** The forms of the network: cards, bonds, VLANs. */
import { addressingFaults, wordsOf } from '../../install/configuration/addressing.ts';
import {
  type Addressing,
  type BondAnswer,
  type BondMode,
  bondModes,
  type NetworkAnswers,
  type VlanAnswer,
  vlanName,
} from '../../install/configuration/answers.ts';
import { type AnswerFault, faultText } from '../../install/configuration/fault.ts';
import { bondNameFault, membersFault, vlanFault, vlanIdFault } from '../../install/configuration/network.ts';
import type { NetworkCard } from '../../install/machine.ts';
import { type Field, type Form, fieldText, withFaults } from './form.ts';
import { textField } from './text-field.ts';

const BUTTON = 'Accept';

/** How bonds share the work, in words. */
const MODES: Readonly<Record<BondMode, string>> = {
  '802.3ad': 'all at once, the switch agrees (802.3ad, LACP)',
  'active-backup': 'one at a time (active-backup)',
  'balance-xor': 'all at once, the switch is set so (balance-xor)',
};

/** What a form gave: another network, or the form with its faults. */
export type FormResult = { readonly network: NetworkAnswers } | { readonly form: Form };

export function cardForm(name: string, network: NetworkAnswers): Form {
  const addressing = network.cards.find((card) => card.name === name)?.addressing ?? { kind: 'dhcp' };
  return {
    title: name,
    intro: 'How does this card get its addresses?',
    fields: addressingFields(addressing, 'not used by itself'),
    focus: 0,
    button: BUTTON,
    faults: {},
  };
}

export function readCardForm(form: Form, name: string, network: NetworkAnswers): FormResult {
  const addressing = addressingOf(form);
  const faults = faultsOf(addressing);
  if (Object.keys(faults).length > 0) return { form: withFaults(form, faults) };
  const others = network.cards.filter((card) => card.name !== name);
  // DHCP is what happens without an answer.
  return {
    network: { ...network, cards: addressing.kind === 'dhcp' ? others : [...others, { name, addressing }] },
  };
}

export function bondForm(
  bond: BondAnswer | undefined,
  network: NetworkAnswers,
  cards: readonly NetworkCard[],
): Form {
  const taken = network.bonds.filter(({ name }) => name !== bond?.name).flatMap(({ members }) => members);
  return {
    title: bond === undefined ? 'New bond' : bond.name,
    intro: 'Several cards as one, so that a cable or a switch may fail.',
    fields: [
      { id: 'name', label: 'Name', kind: 'text', value: textField(bond?.name ?? freeBondName(network)) },
      ...cards
        .filter(({ name }) => !taken.includes(name))
        .map(
          ({ name, mac }): Field => ({
            id: `member:${name}`,
            label: name,
            kind: 'check',
            value: bond?.members.includes(name) ?? false,
            hint: `${mac}; the space bar takes the card into the bond, or out of it`,
          }),
        ),
      {
        id: 'mode',
        label: 'Cards work',
        kind: 'choice',
        value: bond?.mode ?? '802.3ad',
        choices: bondModes.map((value) => ({ value, title: MODES[value] })),
        hint: 'Left and Right change it. The switch must agree, but for one at a time.',
      },
      ...addressingFields(bond?.addressing ?? { kind: 'dhcp' }, 'only for VLANs'),
    ],
    focus: 0,
    button: BUTTON,
    faults: {},
  };
}

export function readBondForm(form: Form, bond: string | undefined, network: NetworkAnswers): FormResult {
  const name = fieldText(form, 'name');
  const members = form.fields.flatMap((field) =>
    field.kind === 'check' && field.value ? [field.id.replace('member:', '')] : [],
  );
  const others = network.bonds.filter((each) => each.name !== bond);
  const addressing = addressingOf(form);
  const firstMember = form.fields.find(({ kind }) => kind === 'check')?.id ?? '';
  const twice = others.some((each) => each.name === name)
    ? { message: `${name} is there already`, hint: 'give it another name' }
    : undefined;
  const faults = {
    ...faultsOf(addressing),
    ...texts({
      name: bondNameFault(name) ?? twice,
      [firstMember]: membersFault(members, others, network.vlans),
    }),
  };
  if (Object.keys(faults).length > 0) return { form: withFaults(form, faults) };
  const mode = bondModes.find((each) => each === fieldText(form, 'mode')) ?? '802.3ad';
  return {
    network: {
      ...network,
      // A member has no addresses of its own.
      cards: network.cards.filter((card) => !members.includes(card.name)),
      bonds: [...others, { name, members, mode, addressing }],
      vlans: network.vlans.map((vlan) => (vlan.parent === bond ? { ...vlan, parent: name } : vlan)),
    },
  };
}

export function vlanForm(
  vlan: VlanAnswer | undefined,
  network: NetworkAnswers,
  cards: readonly NetworkCard[],
): Form {
  const members = network.bonds.flatMap((bond) => bond.members);
  const parents = [
    ...network.bonds.map(({ name }) => name),
    ...cards.map(({ name }) => name).filter((name) => !members.includes(name)),
  ];
  return {
    title: vlan === undefined ? 'New VLAN' : vlanName(vlan),
    intro: 'A tagged network on a card or a bond. The port of the switch must let it through.',
    fields: [
      {
        id: 'id',
        label: 'VLAN id',
        kind: 'text',
        value: textField(vlan === undefined ? '' : String(vlan.id)),
        hint: 'a number from 1 to 4094',
      },
      {
        id: 'parent',
        label: 'On',
        kind: 'choice',
        value: vlan?.parent ?? parents[0] ?? '',
        choices: parents.map((value) => ({ value, title: value })),
        hint: 'Left and Right change it',
      },
      ...addressingFields(vlan?.addressing ?? { kind: 'dhcp' }, 'without addresses'),
    ],
    focus: 0,
    button: BUTTON,
    faults: {},
  };
}

export function readVlanForm(form: Form, vlan: number | undefined, network: NetworkAnswers): FormResult {
  const vlans = network.vlans.filter(({ id }) => id !== vlan);
  const typed = fieldText(form, 'id');
  const made: VlanAnswer = {
    id: Number(typed),
    parent: fieldText(form, 'parent'),
    addressing: addressingOf(form),
  };
  const faults = {
    ...faultsOf(made.addressing),
    ...texts({ id: vlanIdFault(typed) ?? vlanFault(made, { ...network, vlans }) }),
  };
  if (Object.keys(faults).length > 0) return { form: withFaults(form, faults) };
  return { network: { ...network, vlans: [...vlans, made] } };
}

function addressingFields(addressing: Addressing, none: string): readonly Field[] {
  const isStatic = addressing.kind === 'static';
  const onlyFor = { field: 'kind', value: 'static' };
  const text = (words: readonly string[]) => textField(words.join(', '));
  return [
    {
      id: 'kind',
      label: 'Addresses',
      kind: 'choice',
      value: addressing.kind,
      choices: [
        { value: 'dhcp', title: 'DHCP' },
        { value: 'static', title: 'static' },
        { value: 'none', title: none },
      ],
      hint: 'Left and Right change it',
    },
    {
      id: 'addresses',
      label: 'Address',
      kind: 'text',
      value: text(isStatic ? addressing.addresses : []),
      hint: 'with its prefix, such as 10.0.0.5/24; several with commas',
      onlyFor,
    },
    {
      id: 'gateways',
      label: 'Gateway',
      kind: 'text',
      value: text(isStatic ? addressing.gateways : []),
      hint: 'such as 10.0.0.1; empty when no other networks are reached this way',
      onlyFor,
    },
    {
      id: 'dns',
      label: 'Name servers',
      kind: 'text',
      value: text(isStatic ? addressing.dns : []),
      hint: 'such as 10.0.0.2, 10.0.0.3; may be empty',
      onlyFor,
    },
  ];
}

function addressingOf(form: Form): Addressing {
  const kind = fieldText(form, 'kind');
  if (kind !== 'static') return { kind: kind === 'none' ? 'none' : 'dhcp' };
  return {
    kind,
    addresses: wordsOf(fieldText(form, 'addresses')),
    gateways: wordsOf(fieldText(form, 'gateways')),
    dns: wordsOf(fieldText(form, 'dns')),
  };
}

function faultsOf(addressing: Addressing): Record<string, string> {
  return texts({ ...addressingFaults(addressing) });
}

function texts(faults: Readonly<Record<string, AnswerFault | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(faults).flatMap(([id, fault]) => (fault === undefined ? [] : [[id, faultText(fault)]])),
  );
}

function freeBondName({ bonds }: NetworkAnswers): string {
  let number = 0;
  while (bonds.some(({ name }) => name === `bond${number}`)) number++;
  return `bond${number}`;
}
