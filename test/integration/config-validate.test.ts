/** `basalt config validate` as a person and a script run it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const GOOD = '#cloud-config\nhostname: node1\n';
const WARNED = '#cloud-config\nwrite_files:\n  - path: /etc/empty\n';
const BAD = '#cloud-config\nhostname: node_1\nruncmd: [a]\n';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-validate-'));
  const files = {
    'good.yaml': GOOD,
    'warned.yaml': WARNED,
    'bad.yaml': BAD,
    'script.sh': '#!/bin/sh\n',
    'packed.yaml.gz': gzipSync(GOOD),
    'bomb.gz': gzipSync(Buffer.alloc(50_000_000)),
    'latin1.yaml': Buffer.from('#cloud-config\nhostname: \xe4\n', 'latin1'),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function validate(args: readonly string[], input = '') {
  return execa(resolve(import.meta.dirname, '../../basalt'), ['config', 'validate', ...args], {
    reject: false,
    cwd: folder,
    input,
  });
}

test('files without problems are told one by one', async () => {
  const { exitCode, stdout } = await validate(['good.yaml', 'script.sh', 'packed.yaml.gz']);
  expect(stdout.split('\n')).toEqual([
    'good.yaml: valid: hostname node1',
    'script.sh: a script; it is not checked further',
    'packed.yaml.gz: valid: hostname node1',
  ]);
  expect(exitCode).toBe(0);
});

test('all problems of all files come together, with exit code 3', async () => {
  const { exitCode, stdout, stderr } = await validate([
    'bad.yaml',
    'good.yaml',
    'missing.yaml',
    'bomb.gz',
    'latin1.yaml',
  ]);
  expect(exitCode).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toContain('error: 4 files: 5 problems');
  expect(stderr).toContain('bad.yaml:2:11: hostname is "node_1", not a host name');
  expect(stderr).toContain('bad.yaml:3:1: "runcmd" is not supported');
  expect(stderr).toMatch(/missing\.yaml:\s+cannot be read: ENOENT/);
  expect(stderr).toMatch(/bomb\.gz:\s+cannot be read/);
  expect(stderr).toContain('latin1.yaml: the file is not UTF-8 text');
});

test('warnings are problems with --strict', async () => {
  const lenient = await validate(['warned.yaml']);
  expect(lenient.exitCode).toBe(0);
  expect(`${lenient.stdout}${lenient.stderr}`).toContain('warned.yaml:3:5: /etc/empty gets no content');
  const strict = await validate(['--strict', 'warned.yaml']);
  expect(strict.exitCode).toBe(3);
  expect(strict.stderr).toContain('warned.yaml:3:5: /etc/empty gets no content');
});

test('"-" is stdin', async () => {
  expect((await validate(['-'], GOOD)).stdout).toBe('stdin: valid: hostname node1');
  const bad = await validate(['-'], BAD);
  expect(bad.exitCode).toBe(3);
  expect(bad.stderr).toContain('stdin:2:11');
});

test('--json has the result, or the problems', async () => {
  const events = (stdout: string) =>
    stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const good = events((await validate(['--json', 'good.yaml'])).stdout);
  expect(good.find(({ type }) => type === 'result')).toMatchObject({
    command: 'config validate',
    result: { files: [{ file: 'good.yaml', kind: 'cloud-config', warnings: [] }] },
  });
  const bad = events((await validate(['--json', 'bad.yaml'])).stdout);
  expect(bad.find(({ type }) => type === 'failure')).toMatchObject({
    code: 'cloud-config-invalid',
    problems: [{ file: 'bad.yaml', line: 2, column: 11 }, { line: 3 }],
  });
  expect(bad.at(-1)).toMatchObject({ type: 'end', ok: false });
});
