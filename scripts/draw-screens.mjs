// Draws pictures of screens, from the text that the tests saw on a terminal (test/golden/installer) into docs/pictures.
// The same text gives the same bytes. `node scripts/draw-screens.mjs` draws all of them anew.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;

/** Name of the picture → name of the text. */
export const pictures = {
  'installer-disk': 'utf8-03-disk',
  'installer-network': 'utf8-07-network',
  'installer-address-wrong': 'utf8-05-address-wrong',
  'installer-role': 'utf8-11-role',
  'installer-review': 'utf8-13-review',
  'installer-progress': 'utf8-16-progress',
  'installer-installed': 'utf8-18-installed',
  'installer-serial': 'vt100-03-disk',
};

const COLUMNS = 80;
const ROWS = 24;
const COLUMN = 8;
const ROW = 18;
const MARGIN = 16;
const COLOURS = { text: '#d5d8dc', quiet: '#8b929b', accent: '#62c4d6', good: '#7fc98b', bad: '#e58a86' };

/** @param {string} text A screen. @param {string} title What it shows. */
export function drawScreen(text, title) {
  const width = COLUMNS * COLUMN + 2 * MARGIN;
  const height = ROWS * ROW + 2 * MARGIN;
  const lines = text.replace(/\n$/, '').split('\n');
  const isSerial = !/[^\n -~]/.test(text);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#15181c"/>`,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="13" xml:space="preserve">',
    ...lines.flatMap((line, row) => (line === '' ? [] : [drawLine(line, row, lines.length, isSerial)])),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawLine(line, row, count, isSerial) {
  const indent = /^ */.exec(line)[0].length;
  const text = line.slice(indent);
  const x = MARGIN + indent * COLUMN;
  const y = MARGIN + row * ROW + 13;
  const { colour, weight } = isSerial ? { colour: COLOURS.text, weight: '' } : lookOf(line, row, count);
  // The length holds the columns together, whatever font there is.
  return `<text x="${x}" y="${y}" textLength="${[...text].length * COLUMN}" fill="${colour}"${weight}>${escaped(text)}</text>`;
}

/** As the terminal's colours are, of a line at a time. */
function lookOf(line, row, count) {
  const bold = ' font-weight="bold"';
  if (/^─+$/.test(line) || row === count - 1) return { colour: COLOURS.quiet, weight: '' };
  if (row === 0) return { colour: COLOURS.accent, weight: bold };
  if (row === 2) return { colour: COLOURS.text, weight: bold };
  if (/^ *! /.test(line) || line.startsWith('- ')) return { colour: COLOURS.bad, weight: '' };
  if (line.startsWith('+ ')) return { colour: COLOURS.good, weight: '' };
  if (/^ *› /.test(line)) return { colour: COLOURS.text, weight: bold };
  if (/^ *[━─]+ +\d+ %/.test(line)) return { colour: COLOURS.accent, weight: '' };
  return { colour: COLOURS.text, weight: '' };
}

function escaped(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** @param {string} name Of a text. @returns {string} */
export function screenText(name) {
  return readFileSync(`${root}test/golden/installer/${name}.txt`, 'utf8');
}

/** @param {string} text @returns {string} What the screen is called. */
export function titleOf(text) {
  return `The installer: ${text.split('\n')[2] ?? ''}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  mkdirSync(`${root}docs/pictures`, { recursive: true });
  for (const [picture, name] of Object.entries(pictures)) {
    const text = screenText(name);
    writeFileSync(`${root}docs/pictures/${picture}.svg`, drawScreen(text, titleOf(text)));
  }
}
