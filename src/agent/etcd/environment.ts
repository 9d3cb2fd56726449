/** Environment as systemd knows it: of a unit (`systemctl show`), and in files (EnvironmentFile= in systemd.exec(5)). */
import type { Host } from '../host.ts';

/** Variables by name. */
export type Variables = ReadonlyMap<string, string>;

/**
 * The environment a service would be started with, its files included; what a file says wins, as in systemd.
 * Empty when the unit is not known.
 */
export function environmentOfUnit(host: Host, unit: string): Variables {
  const shown = host.run([
    'systemctl',
    'show',
    unit,
    '--property=Environment',
    '--property=EnvironmentFiles',
  ]);
  const variables = new Map<string, string>();
  if (shown.exitCode !== 0) return variables;
  const lines = shown.stdout.split('\n');
  for (const line of lines.filter((each) => each.startsWith('Environment='))) {
    for (const word of words(line.slice('Environment='.length))) assign(variables, word);
  }
  for (const line of lines.filter((each) => each.startsWith('EnvironmentFiles='))) {
    const path = line.slice('EnvironmentFiles='.length).replace(/ \(ignore_errors=(yes|no)\)$/, '');
    for (const [name, value] of parseEnvironmentFile(host.readText(path) ?? '')) variables.set(name, value);
  }
  return variables;
}

/** Reads a file of `NAME=value` lines, as systemd does for EnvironmentFile=: comments, quotes. */
export function parseEnvironmentFile(text: string): Variables {
  const variables = new Map<string, string>();
  for (const line of text.replace(/\\\n/g, '').split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const at = trimmed.indexOf('=');
    if (at < 1) continue;
    variables.set(trimmed.slice(0, at).trim(), words(trimmed.slice(at + 1).trim()).join(' '));
  }
  return variables;
}

/** Writes such a file. Values keep to one line. */
export function renderEnvironmentFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&').replace(/\n/g, ' ')}"\n`)
    .join('');
}

function assign(variables: Map<string, string>, word: string): void {
  const at = word.indexOf('=');
  if (at > 0) variables.set(word.slice(0, at), word.slice(at + 1));
}

/** Splits at blanks, as a shell does with quotes and backslashes; nothing is expanded. */
function words(text: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quote === '' && /\s/.test(letter)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else if (quote === letter) {
      quote = '';
    } else if (quote === '' && (letter === '"' || letter === "'")) {
      quote = letter;
      word ??= '';
    } else if (letter === '\\' && quote !== "'" && at + 1 < text.length) {
      word = (word ?? '') + text[++at];
    } else {
      word = (word ?? '') + letter;
    }
  }
  if (word !== undefined) found.push(word);
  return found;
}
