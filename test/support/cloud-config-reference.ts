/** The tables of docs/reference/cloud-config.md, from the form that the reader holds texts against. */
import { canonical, type SectionShape, type Shape } from '../../src/cloud-config/shape.ts';

/** A key that takes a value of its own. */
export interface DialectKey {
  /** `coreos.units[].name`: a map's keys after a dot, a list's items after `[]`. */
  readonly path: string;
  readonly shape: Shape;
  readonly required: boolean;
}

type Examples = Readonly<Record<string, string>>;

/** Other names of a section that is described under its own. */
const ALIASES = ['basalt', 'coreos.etcd'];

/** All keys below a section, in their order. */
export function keysOf(section: SectionShape, prefix = ''): readonly DialectKey[] {
  return Object.entries(section.keys).flatMap(([name, shape]): readonly DialectKey[] => {
    const path = `${prefix}${name}`;
    if (ALIASES.includes(path)) return [];
    if (shape.kind === 'section') return keysOf(shape, `${path}.`);
    if (shape.kind === 'list' && shape.items.kind === 'section') return keysOf(shape.items, `${path}[].`);
    return [{ path, shape, required: section.required?.includes(name) ?? false }];
  });
}

/** One table for each section. */
export function renderKeys(section: SectionShape, examples: Examples): string {
  const bySection = new Map<string, DialectKey[]>();
  for (const key of keysOf(section)) {
    const dot = key.path.lastIndexOf('.');
    const title = dot < 0 ? '' : key.path.slice(0, dot);
    bySection.set(title, [...(bySection.get(title) ?? []), key]);
  }
  return [...bySection].map(([title, keys]) => table(title, keys, examples)).join('\n');
}

function table(title: string, keys: readonly DialectKey[], examples: Examples): string {
  const rows = keys.map(({ path, shape, required }) => {
    const name = path.slice(path.lastIndexOf('.') + 1);
    const cells = [
      `\`${name}\`${required ? ' (required)' : ''}`,
      typeOf(shape),
      sentence(shape.description),
      examples[path] === undefined ? '' : `\`${examples[path]}\``,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    `### ${title === '' ? 'Top level' : `\`${title}\``}`,
    '',
    '| key | type | meaning | example |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** What is refused, and what to do instead; keys with the same way out together. */
export function renderRefused(refused: Readonly<Record<string, string>>): string {
  const byHint = new Map<string, string[]>();
  for (const [key, hint] of Object.entries(refused)) byHint.set(hint, [...(byHint.get(hint) ?? []), key]);
  const rows = [...byHint].map(
    ([hint, keys]) =>
      `| ${keys.map((key) => `\`${key}\``).join(', ')} | ${sentence(hint).replaceAll('|', '\\|')} |`,
  );
  return ['| key | instead |', '|---|---|', ...rows, ''].join('\n');
}

/** The value of an example as a whole document: the keys around it, and what they need. */
export function documentWith(path: string, example: string, needed: Examples): string {
  const steps = path.split('.');
  let indent = '';
  const lines: string[] = ['#cloud-config'];
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    const list = step.endsWith('[]');
    lines.push(`${indent}${list ? step.slice(0, -2) : step}:${last ? ` ${example}` : ''}`);
    if (last) break;
    const parent = steps.slice(0, index + 1).join('.');
    indent += '  ';
    const others = Object.entries(needed).filter(
      ([key]) =>
        key.startsWith(`${parent}.`) && !key.slice(parent.length + 1).includes('.') && !isSame(key, path),
    );
    if (list) {
      lines.push(`${indent}-`);
      indent += '  ';
    }
    for (const [key, value] of others) lines.push(`${indent}${key.slice(parent.length + 1)}: ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function isSame(left: string, right: string): boolean {
  return canonical(left) === canonical(right);
}

function typeOf(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return shape.choices === undefined ? 'text' : shape.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'flag':
      return '`true`, `false`';
    case 'mode':
      return 'octal mode';
    case 'list':
      return `list of ${typeOf(shape.items)}`;
    case 'section':
      return 'map';
  }
}

/** A name that begins a sentence (`localhost: ...`) keeps its spelling. */
function sentence(text: string): string {
  const first = /^\S+:/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return `${first}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
