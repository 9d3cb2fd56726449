/** The first screen: what this is, and the machine it runs on. */
import type { Machine, NetworkCard } from '../../../install/machine.ts';
import { formatSize } from '../../../units.ts';
import { left } from '../../cells.ts';
import { forward } from '../flow.ts';
import type { Key } from '../key.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { type Change, type InstallerState, refuse, select } from '../state.ts';
import { moved, type Page, type View, windowOf } from '../view.ts';

const LABEL_COLUMNS = 14;
/** Network cards shown at once. */
const MOST_CARDS = 7;

export function pressWelcome(state: InstallerState, key: Key): Change {
  if (key.name === 'enter' || key.name === 'right') return { state: forward(state) };
  const { cards } = state.facts.machine;
  const to = moved(key.name, state.selected.welcome, cards.length - MOST_CARDS + 1, MOST_CARDS);
  if (to !== undefined && cards.length > MOST_CARDS) return { state: select(state, to) };
  if (key.name === 'escape' || key.name === 'left')
    return { state: refuse(state, 'This is the first step. Ctrl-C leaves the installer.') };
  return { state };
}

export function viewWelcome(state: InstallerState, page: Page): View {
  const { machine, image } = state.facts;
  const intro = `This installs ${image.name} ${image.version} on a disk of this machine. Nothing is written before you have seen what will happen and typed the name of the disk.`;
  return {
    title: 'Welcome',
    rows: [...prose(intro, page.columns), blank, ...machineRows(machine), ...cardRows(state, page)],
    keys: [
      ['Enter', 'begin'],
      ['Ctrl-C', 'leave'],
    ],
  };
}

function machineRows(machine: Machine): readonly Row[] {
  const name = [machine.vendor, machine.model].filter((part) => part !== undefined).join(' ');
  return [
    fact('Machine', name === '' ? 'not named by its firmware' : name),
    ...(machine.serial === undefined ? [] : [fact(serialWord(machine), machine.serial)]),
    fact('Processor', `${machine.processor}, ${machine.processors} threads`),
    fact('Memory', formatSize(machine.memoryBytes)),
    fact('Firmware', firmwareText(machine), machine.firmware === 'bios' ? 'warning' : undefined),
    fact('TPM', machine.tpm === undefined ? 'none' : `version ${machine.tpm}`),
  ];
}

/** Dell calls it the service tag. */
function serialWord({ vendor }: Machine): string {
  return vendor?.startsWith('Dell') ? 'Service tag' : 'Serial number';
}

function firmwareText({ firmware, secureBoot }: Machine): string {
  if (firmware === 'bios') return 'BIOS';
  const words = {
    on: 'Secure Boot is on',
    off: 'Secure Boot is off',
    setup: 'Secure Boot is in setup mode',
    unknown: 'Secure Boot is not known',
  };
  return `UEFI, ${words[secureBoot]}`;
}

function cardRows({ facts, selected }: InstallerState, page: Page): readonly Row[] {
  const { cards } = facts.machine;
  if (cards.length === 0) return [fact('Network', 'no cards were found', 'warning')];
  const top = Math.min(selected.welcome, Math.max(cards.length - MOST_CARDS, 0));
  const shown = cards.slice(top, top + MOST_CARDS);
  const widths = cardWidths(windowOf(cards, 0, cards.length).shown);
  const rows = shown.map((card, index) =>
    fact(index === 0 ? 'Network' : '', cardText(card, widths), card.link === 'down' ? 'quiet' : undefined),
  );
  const rest = cards.length - shown.length;
  return rest === 0
    ? rows
    : [...rows, fact('', `${page.look.glyphs.ellipsis} ${rest} more, see with Up and Down`, 'quiet')];
}

interface CardWidths {
  readonly name: number;
  readonly link: number;
}

/** Names and links of cards below each other. */
export function cardWidths(cards: readonly NetworkCard[]): CardWidths {
  return {
    name: Math.max(...cards.map(({ name }) => name.length), 4) + 2,
    link: Math.max(...cards.map((card) => linkText(card).length), 4) + 2,
  };
}

/** A card in one line. */
function cardText(card: NetworkCard, widths: CardWidths): string {
  return [
    left(card.name, widths.name),
    left(linkText(card), widths.link),
    left(card.mac, 19),
    card.addresses.join(' '),
  ]
    .join('')
    .trimEnd();
}

/** Such as `10 Gbit/s`. */
export function linkText({ link, megabitsPerSecond }: NetworkCard): string {
  if (link === 'down') return 'no link';
  if (megabitsPerSecond === undefined) return link === 'up' ? 'link' : 'link unknown';
  return megabitsPerSecond >= 1000 ? `${megabitsPerSecond / 1000} Gbit/s` : `${megabitsPerSecond} Mbit/s`;
}

function fact(label: string, text: string, tone?: 'quiet' | 'warning'): Row {
  return label === ''
    ? row(' '.repeat(LABEL_COLUMNS) + text, tone)
    : [
        { text: left(label, LABEL_COLUMNS), tone: 'quiet' },
        { text, tone },
      ];
}
