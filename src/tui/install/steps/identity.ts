/** The host name, and the ssh keys that may log in. */

import { faultText } from '../../../install/configuration/fault.ts';
import { hostNameFault } from '../../../install/configuration/host-name.ts';
import { keyTitle, readSshKeys } from '../../../install/configuration/ssh-keys.ts';
import { back, forward } from '../flow.ts';
import { type Form, fieldText, withFaults } from '../form.ts';
import type { Key } from '../key.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { answer, type Change, close, type InstallerState, open, refuse, replace, select } from '../state.ts';
import { textField } from '../text-field.ts';
import { fromEnd, moved, type Page, pointed, type View, windowOf } from '../view.ts';

type Item =
  | { readonly kind: 'hostname' | 'paste' | 'url' | 'file' | 'continue'; readonly title: string }
  | { readonly kind: 'key'; readonly key: string; readonly title: string };

/** Keys shown at once. */
const MOST_KEYS = 6;

export function pressIdentity(state: InstallerState, key: Key): Change {
  const items = itemsOf(state);
  const at = fromEnd(state.selected.identity, items.length);
  const to = moved(key.name, at, items.length);
  if (to !== undefined) return { state: select(state, to - items.length) };
  if (key.name === 'escape' || key.name === 'left') return { state: back(state) };
  const item = items[at];
  if (item === undefined) return { state };
  if (key.name === 'delete' || (key.name === 'text' && key.text.toLowerCase() === 'd')) {
    if (item.kind !== 'key') return { state: refuse(state, 'Only keys can be removed.') };
    const sshKeys = state.draft.sshKeys.filter((each) => each !== item.key);
    return { state: answer(state, { sshKeys }) };
  }
  return key.name === 'enter' || key.name === 'right' ? choose(state, item) : { state };
}

function choose(state: InstallerState, item: Item): Change {
  switch (item.kind) {
    case 'hostname':
      return {
        state: open(state, { kind: 'form', purpose: { kind: 'hostname' }, form: hostnameForm(state) }),
      };
    case 'paste':
      return { state: open(state, { kind: 'form', purpose: { kind: 'paste-key' }, form: pasteForm() }) };
    case 'url':
      return { state: open(state, { kind: 'form', purpose: { kind: 'key-url' }, form: keyUrlForm }) };
    case 'file':
      return {
        state: open(state, { kind: 'files', purpose: { kind: 'keys' }, files: undefined, index: 0 }),
        effects: [{ kind: 'files' }],
      };
    case 'key':
      return { state: refuse(state, 'D removes this key.') };
    case 'continue':
      return { state: forward(state) };
  }
}

function hostnameForm({ draft }: InstallerState): Form {
  return {
    title: 'Host name',
    intro:
      'The name of this machine, with or without its domain. Leave it empty when DHCP or the role names it.',
    fields: [
      {
        id: 'hostname',
        label: 'Host name',
        kind: 'text',
        value: textField(draft.hostname ?? ''),
        hint: 'letters, digits and dashes, such as node1 or node1.example.com',
      },
    ],
    focus: 0,
    faults: {},
  };
}

/** Takes the host name, or shows what is wrong with it. */
export function acceptHostname(state: InstallerState, form: Form): InstallerState {
  const hostname = fieldText(form, 'hostname');
  const fault = hostname === '' ? undefined : hostNameFault(hostname);
  if (fault === undefined) return close(answer(state, { hostname: hostname === '' ? undefined : hostname }));
  return replace(state, {
    kind: 'form',
    purpose: { kind: 'hostname' },
    form: withFaults(form, { hostname: faultText(fault) }),
  });
}

function pasteForm(
  intro = 'Paste or type the line of a .pub file; several one after the other. Enter on an empty line ends it.',
): Form {
  return {
    title: 'Paste ssh keys',
    intro,
    fields: [
      {
        id: 'key',
        label: 'Key',
        kind: 'text',
        value: textField(),
        hint: 'such as ssh-ed25519 AAAAC3Nza... ann@example.com',
      },
    ],
    focus: 0,
    faults: {},
  };
}

/** Takes a key and waits for the next, so that several can be pasted at once; an empty line ends it. */
export function acceptPastedKey(state: InstallerState, form: Form): InstallerState {
  const text = fieldText(form, 'key');
  if (text === '') return close(state);
  const { keys, fault } = readSshKeys(text);
  const purpose = { kind: 'paste-key' } as const;
  if (fault !== undefined)
    return replace(state, { kind: 'form', purpose, form: withFaults(form, { key: faultText(fault) }) });
  const added = addKeys(state, keys);
  const count = added.draft.sshKeys.length;
  return replace(added, {
    kind: 'form',
    purpose,
    form: pasteForm(`${count} ${count === 1 ? 'key' : 'keys'} so far. Paste another, or Enter to end.`),
  });
}

const keyUrlForm: Form = {
  title: 'Keys from an address',
  intro: 'The address of a text with one public key per line. The network of this installer is used.',
  fields: [
    {
      id: 'url',
      label: 'Address',
      kind: 'text',
      value: textField('https://'),
      hint: 'such as https://github.com/ACCOUNT.keys',
    },
  ],
  focus: 0,
  faults: {},
};

/** Adds keys that are not there yet. */
export function addKeys(state: InstallerState, keys: readonly string[]): InstallerState {
  return answer(state, { sshKeys: [...new Set([...state.draft.sshKeys, ...keys])] });
}

function itemsOf({ draft }: InstallerState): readonly Item[] {
  return [
    { kind: 'hostname', title: draft.hostname ?? 'not set: DHCP or the role names it' },
    ...draft.sshKeys.map((key): Item => ({ kind: 'key', key, title: keyTitle(key) })),
    { kind: 'paste', title: 'Paste a key' },
    { kind: 'url', title: 'Fetch keys from an address' },
    { kind: 'file', title: 'Read keys from a USB stick or disc' },
    { kind: 'continue', title: 'Continue' },
  ];
}

export function viewIdentity(state: InstallerState, page: Page): View {
  const items = itemsOf(state);
  const at = fromEnd(state.selected.identity, items.length);
  const line = (index: number): readonly Row[] =>
    pointed([row(items[index]?.title ?? '')], at === index ? 0 : -1, page.look);
  const count = state.draft.sshKeys.length;
  const keys = items.slice(1, 1 + count);
  const { from, shown } = windowOf(keys, Math.min(Math.max(at - 1, 0), count - 1), MOST_KEYS);
  const above: readonly Row[] = [
    row('Host name', 'quiet'),
    ...line(0),
    blank,
    row(`Public ssh keys that may log in as core${count > MOST_KEYS ? ` (${count})` : ''}`, 'quiet'),
    ...(count === 0
      ? prose('  none yet', page.columns)
      : shown.flatMap((_, index) => line(1 + from + index))),
    blank,
  ];
  const ways = [1, 2, 3].flatMap((offset) => line(count + offset));
  const rows = [...above, ...ways, blank, ...line(items.length - 1)];
  return {
    title: 'Name and keys',
    rows,
    focus: rows.findIndex(([first]) => first?.text === `${page.look.glyphs.pointer} `),
    keys: [
      ['Up Down', 'select'],
      ['Enter', 'change'],
      ['D', 'remove a key'],
      ['Esc', 'back'],
    ],
  };
}
