/** The installer's screens without a terminal: keys in, text out, effects seen. */
import { openTemplate, templateNames } from '../../../src/config-templates/catalogue.ts';
import { pageOf, type ScreenSize, screenOf } from '../../../src/tui/install/installer-view.tsx';
import { KeyDecoder } from '../../../src/tui/install/key.ts';
import type { InstallerFacts } from '../../../src/tui/install/port.ts';
import { rowText } from '../../../src/tui/install/row.ts';
import { type Effect, type InstallerState, startState } from '../../../src/tui/install/state.ts';
import { type Input, update } from '../../../src/tui/install/update.ts';
import { plainLook } from '../../../src/tui/look.ts';
import { dellDisks, dellFacts } from './fake-machine.ts';

const TEMPLATES = new URL('../../../templates/cloud-config', import.meta.url).pathname;

/** The made-up machine with the templates that come with Basalt. */
export async function storyFacts(changes: Partial<InstallerFacts> = {}): Promise<InstallerFacts> {
  const names = await templateNames(TEMPLATES);
  const templates = await Promise.all(names.map((name) => openTemplate(TEMPLATES, name)));
  return { ...dellFacts, templates, ...changes };
}

/** Keys by names in angle brackets; the rest is typed. */
const NAMES: Readonly<Record<string, string>> = {
  enter: '\r',
  esc: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[1~',
  end: '\u001b[4~',
  tab: '\t',
  space: ' ',
  'page-down': '\u001b[6~',
  'page-up': '\u001b[5~',
  backspace: '\u007f',
  delete: '\u001b[3~',
  'ctrl-c': '\u0003',
  'ctrl-l': '\u000c',
  'ctrl-u': '\u0015',
};

export class Story {
  state: InstallerState;
  /** All so far. */
  readonly effects: Effect[] = [];
  nowMs = 0;

  constructor(
    facts: InstallerFacts,
    private readonly size: ScreenSize = { columns: 80, rows: 24 },
  ) {
    this.state = startState(facts);
    this.give({ kind: 'disks', disks: dellDisks });
  }

  /** Presses keys: `<down><enter>node1`. */
  press(keys: string): this {
    const decoder = new KeyDecoder();
    for (const [part] of keys.matchAll(/<[a-z-]+>|[^<]+/g)) {
      const bytes = NAMES[part.slice(1, -1)] ?? part;
      for (const key of [...decoder.push(bytes), ...decoder.flush()]) this.give({ kind: 'key', key });
    }
    return this;
  }

  /** Something that comes from outside. */
  give(input: Input): this {
    const page = pageOf(this.size, plainLook);
    const change = update(this.state, input, { nowMs: this.nowMs, page });
    this.state = change.state;
    this.effects.push(...(change.effects ?? []));
    return this;
  }

  /** The screen as text. */
  get screen(): string {
    const { head, body, foot } = screenOf(this.state, this.size, plainLook);
    const { columns } = pageOf(this.size, plainLook);
    return [...head, ...body, ...foot].map((row) => rowText(row, columns, plainLook).trimEnd()).join('\n');
  }

  /** The text cursor's place in the screen. */
  get cursor() {
    return screenOf(this.state, this.size, plainLook).cursor;
  }
}
