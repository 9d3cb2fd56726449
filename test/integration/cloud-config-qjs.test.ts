/** The machine's verdict is the laptop's: the reader under the real QuickJS and under Node.js, on the same texts. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readUserData } from '../../src/cloud-config/read.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { fuzzInput } from '../support/fuzz-input.ts';
import { testToolbox } from '../support/toolbox.ts';

const home = resolve(import.meta.dirname, '../..');
const fixtures = join(home, 'test/fixtures/cloud-config');
const addresses = { private_ipv4: '10.0.0.5', public_ipv4: '203.0.113.5' };

/** Prints, for each file, the time it took and the answer; bytes as lists of numbers. */
const PROGRAM = `
import * as std from 'std';
import { readUserData } from './src/cloud-config/read.ts';
const addresses = JSON.parse(scriptArgs[1]);
for (const file of scriptArgs.slice(2)) {
  const text = std.loadFile(file);
  const startedAt = Date.now();
  const answer = readUserData(text, { file: 'x', addresses });
  const ms = Date.now() - startedAt;
  print(JSON.stringify({ ms, answer: answer }, (_, value) => (value instanceof Uint8Array ? [...value] : value)));
}`;

let folder: string;
let toolbox: Toolbox;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-qjs-'));
  toolbox = await testToolbox();
  await build({
    stdin: { contents: PROGRAM, resolveDir: home },
    outfile: join(folder, 'read.js'),
    bundle: true,
    minify: true,
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    external: ['std', 'os'],
    logLevel: 'warning',
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Read {
  readonly ms: number;
  readonly answer: unknown;
}

/** The answers of QuickJS, for texts in their order. */
async function underQuickJs(name: string, texts: readonly string[]): Promise<Read[]> {
  await mkdir(join(folder, name));
  const files = await Promise.all(
    texts.map(async (text, index) => {
      const file = join(folder, name, `${index}.yaml`);
      await writeFile(file, text);
      return file;
    }),
  );
  const { stdout } = await toolbox.run(
    ['qjs', '-m', join(folder, 'read.js'), JSON.stringify(addresses), ...files],
    { binds: [{ source: folder }] },
  );
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Read);
}

function underNode(text: string): unknown {
  const answer = readUserData(text, { file: 'x', addresses });
  return JSON.parse(JSON.stringify(answer, (_, value) => (value instanceof Uint8Array ? [...value] : value)));
}

function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

async function corpus(): Promise<string[]> {
  const names = (await readdir(fixtures)).sort();
  return Promise.all(names.map((name) => readFile(join(fixtures, name), 'utf8')));
}

test('the reader is small', async () => {
  expect((await stat(join(folder, 'read.js'))).size).toBeLessThan(250_000);
});

test('the corpus', async () => {
  const texts = await corpus();
  const reads = await underQuickJs('corpus', texts);
  expect(reads.map(({ answer }) => answer)).toEqual(texts.map(underNode));
});

test('random and mutated texts', async () => {
  const base = await corpus();
  // Files are UTF-8, which has no halves of surrogate pairs.
  const texts = Array.from({ length: 400 }, (_, index) => wellFormed(fuzzInput(base, 7, index)));
  const reads = await underQuickJs('random', texts);
  for (const [index, text] of texts.entries())
    expect(reads[index]?.answer, JSON.stringify(text).slice(0, 2000)).toEqual(underNode(text));
});

test('hostile texts of a megabyte are answered quickly', async () => {
  const fill = (piece: string, before = '', after = '') =>
    `#cloud-config\n${before}${piece.repeat(Math.floor(1_048_000 / piece.length))}${after}`;
  const bomb = await readFile(join(fixtures, 'bad-alias-bomb.yaml'), 'utf8');
  const texts = [
    bomb,
    fill('1,', 'a: [', '1]'),
    fill('[', 'a: '),
    fill('k: 1\n'),
    fill('- '),
    fill('\n', "a: '"),
    fill('\n  y', 'a: x'),
    fill(`${'k'.repeat(90)}: 1\n`),
    fill(
      '    - {name: a.service, content: "[Service]\\nExecStart=/usr/bin/true\\nRestrat=always"}\n',
      'coreos:\n  units:\n',
    ),
    fill(
      '        Abc=1\n',
      'coreos:\n  units:\n    - name: a.service\n      content: |\n        [Service]\n',
    ),
    fill('AAAA', 'write_files: [{path: /etc/a, encoding: b64, content: "', '"}]'),
    fill('a', 'coreos: {etcd2: {listen-peer-urls: "http://', '/"}}'),
    fill('\\$private_ipv4', 'hostname: "', '"'),
    `#cloud-config\na: &a [${'x, '.repeat(9000)}x]\nb: [${'*a, '.repeat(5000)}*a]\n`,
  ];
  const reads = await underQuickJs('hostile', texts);
  expect(reads.map(({ answer }) => (answer as { kind: string }).kind)).toEqual(
    texts.map((text) => readUserData(text, { file: 'x', addresses }).kind),
  );
  // Some are read in full; a machine that does other things meanwhile takes longer.
  for (const [index, { ms }] of reads.entries())
    expect(ms, `${texts[index]?.slice(0, 80)}`).toBeLessThan(5000);
});
