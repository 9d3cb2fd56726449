/** The network: each card, and bonds and VLANs made of them. */
import { type Addressing, vlanName } from '../../../install/configuration/answers.ts';
import { left } from '../../cells.ts';
import { back, forward } from '../flow.ts';
import type { Key } from '../key.ts';
import { bondForm, cardForm, vlanForm } from '../network-forms.ts';
import type { FormPurpose } from '../overlay.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { answer, type Change, type InstallerState, open, refuse, select } from '../state.ts';
import { fromEnd, moved, type Page, pointed, type View } from '../view.ts';
import { cardWidths, linkText } from './welcome.ts';

type Item =
  | { readonly kind: 'card' | 'bond' | 'vlan' | 'member'; readonly name: string; readonly row: Row }
  | { readonly kind: 'add-bond' | 'add-vlan' | 'continue'; readonly row: Row };

export function pressNetwork(state: InstallerState, key: Key): Change {
  const items = itemsOf(state);
  const at = fromEnd(state.selected.network, items.length);
  const to = moved(key.name, at, items.length);
  if (to !== undefined) return { state: select(state, to - items.length) };
  if (key.name === 'escape' || key.name === 'left') return { state: back(state) };
  const item = items[at];
  if (item === undefined) return { state };
  if (key.name === 'delete' || (key.name === 'text' && key.text.toLowerCase() === 'd'))
    return { state: remove(state, item) };
  return key.name === 'enter' || key.name === 'right' ? { state: choose(state, item) } : { state };
}

function choose(state: InstallerState, item: Item): InstallerState {
  const { network } = state.draft;
  const { cards } = state.facts.machine;
  const form = (purpose: FormPurpose, made: ReturnType<typeof cardForm>) =>
    open(state, { kind: 'form', purpose, form: made });
  switch (item.kind) {
    case 'card':
      return form({ kind: 'card', name: item.name }, cardForm(item.name, network));
    case 'member':
      return refuse(state, `${item.name} is in a bond. Change the bond, or remove it with D.`);
    case 'bond': {
      const bond = network.bonds.find(({ name }) => name === item.name);
      return form({ kind: 'bond', name: item.name }, bondForm(bond, network, cards));
    }
    case 'vlan': {
      const vlan = network.vlans.find((each) => vlanName(each) === item.name);
      return form({ kind: 'vlan', id: vlan?.id }, vlanForm(vlan, network, cards));
    }
    case 'add-bond':
      if (cards.length < 2)
        return refuse(state, 'A bond has two cards at least, and this machine has fewer.');
      return form({ kind: 'bond', name: undefined }, bondForm(undefined, network, cards));
    case 'add-vlan':
      if (cards.length === 0) return refuse(state, 'A VLAN needs a network card, and none was found.');
      return form({ kind: 'vlan', id: undefined }, vlanForm(undefined, network, cards));
    case 'continue':
      return forward(state);
  }
}

function remove(state: InstallerState, item: Item): InstallerState {
  const { network } = state.draft;
  if (item.kind === 'vlan')
    return answer(state, {
      network: { ...network, vlans: network.vlans.filter((vlan) => vlanName(vlan) !== item.name) },
    });
  if (item.kind !== 'bond') return refuse(state, 'Only bonds and VLANs can be removed.');
  const vlan = network.vlans.find(({ parent }) => parent === item.name);
  if (vlan !== undefined) return refuse(state, `${vlanName(vlan)} is on ${item.name}: remove it first.`);
  return answer(state, {
    network: { ...network, bonds: network.bonds.filter(({ name }) => name !== item.name) },
  });
}

function itemsOf({ facts, draft }: InstallerState): readonly Item[] {
  const { cards } = facts.machine;
  const { network } = draft;
  const widths = cardWidths(cards);
  const line = (name: string, link: string, mac: string, text: string): Row =>
    row(left(name, Math.max(widths.name, 8)) + left(link, Math.max(widths.link, 9)) + left(mac, 19) + text);
  return [
    ...cards.map((card): Item => {
      const bond = network.bonds.find(({ members }) => members.includes(card.name));
      const own = network.cards.find(({ name }) => name === card.name)?.addressing ?? { kind: 'dhcp' };
      const text = bond === undefined ? addressingText(own, 'not used by itself') : `in ${bond.name}`;
      return {
        kind: bond === undefined ? 'card' : 'member',
        name: card.name,
        row: line(card.name, linkText(card), card.mac, text),
      };
    }),
    ...network.bonds.map(
      ({ name, members, addressing }): Item => ({
        kind: 'bond',
        name,
        row: line(name, 'bond', `${members.length} cards`, addressingText(addressing, 'only for VLANs')),
      }),
    ),
    ...network.vlans.map(
      (vlan): Item => ({
        kind: 'vlan',
        name: vlanName(vlan),
        row: line(
          vlanName(vlan),
          'VLAN',
          `on ${vlan.parent}`,
          addressingText(vlan.addressing, 'without addresses'),
        ),
      }),
    ),
    { kind: 'add-bond', row: row('Add a bond: several cards as one') },
    { kind: 'add-vlan', row: row('Add a VLAN') },
    { kind: 'continue', row: row('Continue') },
  ];
}

function addressingText(addressing: Addressing, none: string): string {
  switch (addressing.kind) {
    case 'dhcp':
      return 'DHCP';
    case 'none':
      return none;
    case 'static':
      return addressing.addresses.join(', ');
  }
}

export function viewNetwork(state: InstallerState, page: Page): View {
  const items = itemsOf(state);
  const at = fromEnd(state.selected.network, items.length);
  const lines = pointed(
    items.map((item) => item.row),
    at,
    page.look,
  );
  const interfaces = items.length - 3;
  const intro = 'How the installed system reaches its networks. Cards ask by DHCP unless you say otherwise.';
  const above = prose(intro, page.columns);
  return {
    title: 'Network',
    rows: [...above, blank, ...lines.slice(0, interfaces), blank, ...lines.slice(interfaces)],
    focus: above.length + 1 + at + (at >= interfaces ? 1 : 0),
    keys: [
      ['Up Down', 'select'],
      ['Enter', 'change'],
      ['D', 'remove'],
      ['Esc', 'back'],
    ],
  };
}
