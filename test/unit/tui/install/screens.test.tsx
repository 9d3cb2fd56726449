import { cleanup, render } from 'ink-testing-library';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { createPaint } from '../../../../src/report/paint.ts';
import { InstallerView, pageOf, screenOf } from '../../../../src/tui/install/installer-view.tsx';
import type { InstallerFacts } from '../../../../src/tui/install/port.ts';
import { startState } from '../../../../src/tui/install/state.ts';
import { type Look, LookContext, lookFor, plainLook } from '../../../../src/tui/look.ts';
import { dell, dellDisks } from '../../../support/installer/fake-machine.ts';
import { Story, storyFacts } from '../../../support/installer/story.ts';

let facts: InstallerFacts;
beforeAll(async () => {
  facts = await storyFacts();
});
afterEach(cleanup);

const ascii = lookFor({ isTTY: true }, { TERM: 'vt220', LANG: 'C.UTF-8', NO_COLOR: '1' });
const linesOf = (screen: string) => screen.split('\n');

/** Every screen of a way through, with what is typed on it. */
const WAYS = [
  '',
  '<enter>',
  '<enter><down>',
  '<enter><end><enter>',
  '<enter><down><enter>',
  '<enter><enter>',
  '<enter><enter><home><enter><right>',
  '<enter><enter><end><up><up><enter>',
  '<enter><enter><end><up><enter>',
  '<enter><enter><enter>',
  '<enter><enter><enter><home><enter>',
  '<enter><enter><enter><enter><end>',
  '<enter><enter><enter><enter><down><down><down><enter>',
  '<enter><enter><enter><enter><enter>',
  '<enter><enter><enter><enter><enter><enter>sda<enter>',
  '<ctrl-c>',
];

test.each(WAYS)('after %j the screen fits 80x24, and smaller and larger ones', (keys) => {
  for (const size of [
    { columns: 80, rows: 24 },
    { columns: 60, rows: 16 },
    { columns: 40, rows: 10 },
    { columns: 132, rows: 43 },
  ]) {
    const lines = linesOf(new Story(facts, size).press(keys).screen);
    expect(lines).toHaveLength(size.rows);
    for (const line of lines) expect([...line].length).toBeLessThan(size.columns);
    const warned = size.columns < 80 || size.rows < 24;
    expect(lines[0]?.startsWith('This terminal is')).toBe(warned);
  }
});

test('ink draws the rows as they are, in ASCII on a serial terminal', () => {
  const story = new Story(facts).press('<enter>');
  const size = { columns: 80, rows: 24 };
  for (const look of [plainLook, ascii]) {
    const { columns } = pageOf(size, look);
    const { lastFrame } = render(
      <LookContext value={look}>
        <InstallerView screen={screenOf(story.state, size, look)} columns={columns} />
      </LookContext>,
    );
    const frame = lastFrame() ?? '';
    expect(frame).toMatchSnapshot();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing but ASCII is allowed.
    if (look === ascii) expect(frame).toMatch(/^[\x0a\x20-\x7e]*$/);
  }
});

test('colours change no text', () => {
  const look: Look = { ...plainLook, paint: createPaint(true) };
  const story = new Story(facts).press('<enter><down>');
  const size = { columns: 80, rows: 24 };
  const draw = (with_: Look) =>
    render(
      <LookContext value={with_}>
        <InstallerView screen={screenOf(story.state, size, with_)} columns={79} />
      </LookContext>,
    ).lastFrame() ?? '';
  const coloured = draw(look);
  expect(coloured).toContain('\u001b[36m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this is about.
  expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(draw(plainLook));
});

test('the selected disk is seen among many', () => {
  const disks = Array.from({ length: 40 }, (_, index) => ({
    ...(dellDisks[2] ?? dellDisks[0]),
    name: `sd${index}`,
    path: `/dev/sd${index}`,
  })) as typeof dellDisks;
  const told = new Story(facts).press('<enter>').give({ kind: 'disks', disks });
  for (let index = 0; index < 40; index++) {
    expect(told.screen).toContain(`› sd${index} `);
    expect(told.screen).toContain('Serial W461ABCD');
    told.press('<down>');
  }
});

test('text that no terminal should see is made harmless', () => {
  const [first] = dellDisks;
  if (first === undefined) throw new Error('no disk');
  const bad = { ...first, model: 'Evil\u001b[2J\u0007Disk\nnext', serial: 'ä€' };
  const state = { ...startState(facts), step: 'disk' as const, disks: [bad] };
  const size = { columns: 80, rows: 24 };
  const text = (look: Look) => {
    const { lastFrame } = render(
      <LookContext value={look}>
        <InstallerView screen={screenOf(state, size, look)} columns={79} />
      </LookContext>,
    );
    return lastFrame() ?? '';
  };
  expect(text(plainLook)).not.toContain('\u001b');
  expect(text(plainLook)).toContain('ä€');
  expect(text(ascii)).toContain('Serial ??');
  expect(linesOf(text(ascii))).toHaveLength(24);
});

test('the text cursor is where the next character comes', () => {
  const told = new Story(facts).press('<enter><enter><enter><home><enter>');
  for (const typed of ['', 'n', 'node1']) {
    told.press(`<ctrl-u>${typed}`);
    const { row = 0, column = 0 } = told.cursor ?? {};
    const line = linesOf(told.screen)[row] ?? '';
    expect(line).toContain('Host name');
    expect(line.padEnd(column).slice(0, column).endsWith(typed)).toBe(true);
    expect(line.length).toBeLessThanOrEqual(column);
  }
  expect(new Story(facts).cursor).toBeUndefined();
});

test('a machine that tells little of itself', () => {
  const machine = {
    ...dell,
    vendor: undefined,
    model: undefined,
    serial: undefined,
    tpm: undefined,
    cards: [],
    secureBoot: 'unknown' as const,
  };
  const told = new Story({ ...facts, machine });
  expect(told.screen).toContain('not named by its firmware');
  expect(told.screen).toContain('no cards were found');
  told.press('<enter><enter>');
  told.press('<end><up><enter>');
  expect(told.screen).toContain('! A VLAN needs a network card');
});

test('a machine with many cards', () => {
  const [card] = dell.cards;
  if (card === undefined) throw new Error('no card');
  const cards = Array.from({ length: 20 }, (_, index) => ({ ...card, name: `ens${index}` }));
  const told = new Story({ ...facts, machine: { ...dell, cards } });
  expect(told.screen).toContain('13 more');
  told.press('<end>');
  expect(told.screen).toContain('ens19');
  told.press('<enter><enter><home>');
  expect(told.screen).toContain('› ens0 ');
  told.press('<end>');
  expect(told.screen).toContain('› Continue');
});
