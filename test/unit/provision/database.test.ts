/** The state of a server that is killed, or opened twice. */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../src/provision/state/database.ts';
import { Registry } from '../../../src/provision/state/registry.ts';

const home = resolve(import.meta.dirname, '../../..');
const { signal } = new AbortController();

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-state-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('what a killed server had not committed is not there; what it had is', async () => {
  // Inside of the project, where the library is found.
  const programs = join(home, 'node_modules/.cache/basalt-tests');
  await mkdir(programs, { recursive: true });
  const program = join(programs, `killed-writer-${process.pid}.mjs`);
  try {
    await build({
      entryPoints: [join(home, 'test/support/provision/killed-writer.ts')],
      outfile: program,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
    });
    const { signal: how } = await execa('node', [program, folder], { reject: false });
    expect(how).toBe('SIGKILL');
  } finally {
    await rm(program, { force: true });
  }
  // It left its lock, and pages of the transaction are on the disk.
  expect(await readdir(folder)).toContain('machines.sqlite.lock');
  expect((await stat(join(folder, 'machines.sqlite-wal'))).size).toBeGreaterThan(500_000);
  const { database, close } = await openDatabase(folder, signal);
  try {
    expect(new Registry(database, Date.now).all().map(({ id }) => id)).toEqual(['525400000001']);
    expect(database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
  } finally {
    await close();
  }
}, 60_000);

test('two servers do not share a state', async () => {
  const { close } = await openDatabase(folder, signal);
  await expect(openDatabase(folder, signal)).rejects.toThrow('another server works with this state');
  await close();
  await (await openDatabase(folder, signal)).close();
});

test('the state of another version is not touched', async () => {
  const first = await openDatabase(folder, signal);
  first.database.exec('PRAGMA user_version = 99');
  await first.close();
  await expect(openDatabase(folder, signal)).rejects.toThrow('another version of Basalt');
});

test('only its owner reads it', async () => {
  await (await openDatabase(folder, signal)).close();
  expect((await stat(join(folder, 'machines.sqlite'))).mode & 0o777).toBe(0o600);
});

test('a flood of made-up cards is forgotten, machines with an entry are not', async () => {
  const { database, close } = await openDatabase(folder, signal);
  database.exec('PRAGMA synchronous = OFF');
  const registry = new Registry(database, () => 1);
  registry.see('52:54:00:ff:ff:ff');
  registry.name('525400ffffff', 'kept');
  for (let index = 0; index < 1100; index++)
    registry.see(
      `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
    );
  const all = registry.all();
  expect(all.length).toBeLessThanOrEqual(1001);
  expect(all.map(({ id }) => id)).toContain('525400ffffff');
  await close();
});
