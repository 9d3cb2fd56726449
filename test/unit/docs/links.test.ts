/** What the documents point at is there: files, headings, commands and their options. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { exists } from '../../../src/store/store.ts';

const home = resolve(import.meta.dirname, '../../..');
/** Not ours, or made. */
const SKIPPED = new Set(['node_modules', 'dist', 'out', '.git', '.vagrant']);

async function markdownIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : markdownIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Fenced blocks show what programs print, where brackets are no links. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}

/** As GitHub makes anchors from headings. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Why a relative link leads nowhere; undefined when it leads somewhere. */
async function faultOf(file: string, link: string): Promise<string | undefined> {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : resolve(dirname(file), path);
  if (!(await exists(target))) return `${link}: there is no ${relative(home, target)}`;
  if (anchor === undefined || anchorsOf(await readFile(target, 'utf8')).includes(anchor)) return undefined;
  return `${link}: ${relative(home, target)} has no heading of that name`;
}

/** Command → the options it has, as the command line itself registers them. */
async function commandsOf(): Promise<Map<string, Set<string>>> {
  const folder = join(home, 'src/cli');
  const program = new Command();
  for (const name of await readdir(folder)) {
    // It runs the program when it is imported; the options that every command has are in it.
    if (name.endsWith('main.ts')) continue;
    const room = (await import(join(folder, name))) as Record<string, unknown>;
    for (const [key, value] of Object.entries(room))
      if (key.startsWith('register')) (value as (program: Command) => void)(program);
  }
  const main = await readFile(join(folder, 'main.ts'), 'utf8');
  const common = [...main.matchAll(/\.option\('(--[a-z]+)/g)].map(([, name = '']) => name);
  const optionsOf = (command: Command) =>
    new Set(['--help', ...common, ...command.options.map(({ long }) => long ?? '')]);
  return new Map(
    program.commands.flatMap((command): [string, Set<string>][] => [
      // A group that takes arguments works itself too.
      ...(command.commands.length === 0 || command.registeredArguments.length > 0
        ? [[command.name(), optionsOf(command)] as [string, Set<string>]]
        : []),
      ...command.commands.map((inner): [string, Set<string>] => [
        `${command.name()} ${inner.name()}`,
        optionsOf(inner),
      ]),
    ]),
  );
}

/** Every use of `./basalt` in a text, up to the end of the command. */
function usesIn(text: string): string[] {
  return [...text.matchAll(/\.\/basalt ([^`|;&\n#]+)/g)].map(([, use = '']) => use.trim());
}

const files = await markdownIn(home);
const commands = await commandsOf();

test('there are documents and commands to check', () => {
  expect(files.map((file) => relative(home, file))).toContain('README.md');
  expect([...(commands.get('build') ?? [])]).toEqual(
    expect.arrayContaining(['--json', '--set', '--dry-run']),
  );
});

test.each(files.map((file) => relative(home, file)))('the links of %s lead somewhere', async (name) => {
  const file = join(home, name);
  const links = [...prose(await readFile(file, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
  const faults = await Promise.all(links.map((link) => faultOf(file, link)));
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
});

test.each(files.map((file) => relative(home, file)))(
  'the commands in %s exist, with their options',
  async (name) => {
    const faults = usesIn(await readFile(join(home, name), 'utf8')).flatMap((use) => {
      const [command = '', ...words] = use.split(/\s+/);
      // `./basalt …` and `./basalt --help` name no command.
      if (!/^[a-z]+$/.test(command)) return [];
      const options = commands.get(`${command} ${words[0]}`) ?? commands.get(command);
      if (options === undefined) return [`./basalt ${use}: no such command`];
      return words
        .filter((word) => /^--[a-z]/.test(word))
        .map((word) => word.replace(/[=,.)].*$/, ''))
        .filter((word) => !options.has(word))
        .map((word) => `./basalt ${use}: no option ${word}`);
    });
    expect(faults).toEqual([]);
  },
);

test('README.md names every command', async () => {
  const text = await readFile(join(home, 'README.md'), 'utf8');
  expect([...commands.keys()].filter((name) => !text.includes(`./basalt ${name.split(' ')[0]}`))).toEqual([]);
});
