/** The commands around the update repository, as a person runs them. */
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeBuild } from '../support/release-build.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-release-cli-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const basalt = (...args: string[]) =>
  execa(resolve(import.meta.dirname, '../../basalt'), ['release', ...args], { reject: false, cwd: folder });

/** Runs a command that must succeed, and returns its result. */
async function resultOf(...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout } = await basalt(...args, '--json');
  expect(exitCode, stdout).toBe(0);
  const lines = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ type: 'end', ok: true });
  const found = lines.filter(({ type }) => type === 'result');
  expect(found).toHaveLength(1);
  expect(found[0]?.command).toBe(`release ${args[0]}`);
  return found[0]?.result as Record<string, unknown>;
}

const keys = ['--keys', 'keys'];

test('a life of a repository', async () => {
  const made = await basalt('init', 'updates', ...keys, '--root-keys', '2', '--expires-timestamp', '7');
  expect(made.exitCode, made.stderr).toBe(0);
  expect(made.stdout).toContain(join(folder, 'updates/metadata/1.root.json'));
  expect(made.stdout.match(/^made {2}/gm)).toHaveLength(5);
  const secret = (await readFile(join(folder, 'keys/targets-1.pem'), 'utf8')).split('\n')[1] ?? '-';
  expect(made.stdout + made.stderr).not.toContain(secret);

  for (const version of ['1', '2']) {
    await makeBuild(folder, { version });
    const added = await resultOf('add', 'updates', `qemu/${version}`, ...keys, '--limit', '2M');
    expect(added).toMatchObject({ image: 'qemu', version, state: 'added' });
    expect(await resultOf('promote', 'updates', version, '--channel', 'stable', ...keys)).toMatchObject({
      image: 'qemu',
      channel: 'stable',
      state: 'changed',
    });
  }
  const { deltas } = await resultOf('delta', 'updates', '2', '--channel', 'stable', ...keys);
  expect(deltas).toMatchObject([
    { state: 'left-out' },
    { part: 'root', from: '1', state: 'made' },
    { state: 'made' },
  ]);
  const blocked = await basalt(
    'promote',
    'updates',
    '2',
    '--channel',
    'stable',
    '--barrier',
    'moves data',
    ...keys,
  );
  expect(blocked.stdout).toMatch(/^qemu stable\n {2}2 {2}since .*\n {4}barrier: moves data\n {2}1 {2}since/);
  expect(await resultOf('rotate', 'updates', '--role', 'snapshot', ...keys)).toMatchObject({
    rootVersion: 2,
  });
  const expired = await resultOf('expire', 'updates', '--role', 'root', '--keep', '1', ...keys);
  expect(expired).toMatchObject({
    retired: { removed: ['1'], left: [{ channel: 'stable', versions: ['1'] }] },
  });
  expect(await resultOf('withdraw', 'updates', '2', '--channel', 'stable', ...keys)).toMatchObject({
    releases: [],
  });
  expect(await resultOf('verify', 'updates', '--deep')).toMatchObject({ ok: true });

  const [channel = ''] = (await readdir(join(folder, 'updates/targets/qemu/channels'))).sort();
  const newest = await execa('ls', ['-t', join(folder, 'updates/targets/qemu/channels')]);
  await appendFile(
    join(folder, 'updates/targets/qemu/channels', newest.stdout.split('\n')[0] ?? channel),
    ' ',
  );
  const damaged = await basalt('verify', 'updates');
  expect(damaged.exitCode).toBe(1);
  expect(damaged.stderr).toContain('seen    qemu/channels/stable.json: it has');
});

test('a command line that is wrong ends with 2, and makes nothing', async () => {
  const wrong: [args: string[], words: RegExp][] = [
    [['init', 'updates'], /--keys/],
    [['init', 'updates', ...keys, '--root-keys', 'many'], /a number from 1 to 20/],
    [['init', 'updates', ...keys, '--expires-root', '0'], /a number from 1 to/],
    [['promote', 'updates', '1', ...keys], /--channel/],
    [['delta', 'updates', '1', ...keys], /releases that machines come from/],
    [['rotate', 'updates', '--role', 'boss', ...keys], /one of root, targets, snapshot, timestamp/],
    [['add', 'updates', 'x', ...keys, '--limit', 'much'], /a size such as 200M/],
  ];
  for (const [args, words] of wrong) {
    const { exitCode, stderr } = await basalt(...args);
    expect(exitCode, args.join(' ')).toBe(2);
    expect(stderr).toMatch(words);
  }
  expect(await readdir(folder)).toEqual([]);
});

test('a threshold that cannot be reached makes no keys', async () => {
  const { exitCode, stderr } = await basalt(
    'init',
    'updates',
    ...keys,
    '--root-keys',
    '2',
    '--threshold',
    '3',
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain('3 of 2 keys');
  expect(await readdir(folder)).toEqual([]);
});

test.each(['init', 'add', 'delta', 'promote', 'withdraw', 'expire', 'rotate', 'verify'])(
  'release %s --help has an example',
  async (command) => {
    const { exitCode, stdout } = await basalt(command, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}\\./basalt release ${command} /srv/updates`));
  },
);

/** Mounting a small file system takes root. */
test.runIf(process.getuid?.() === 0)('a full disk is told, and leaves the repository as it was', async () => {
  const disk = join(folder, 'disk');
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1500k', 'basalt-test', disk]);
  try {
    await resultOf('init', 'disk/updates', ...keys);
    await makeBuild(folder, { version: '1' });
    await makeBuild(folder, { version: '2' });
    await resultOf('add', 'disk/updates', 'qemu/1', ...keys);
    const before = await readdir(join(disk, 'updates'), { recursive: true });
    const { exitCode, stderr } = await basalt('add', 'disk/updates', 'qemu/2', ...keys);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no space left while writing to the update repository');
    expect(stderr).toMatch(/the repository is as it was\s+before/);
    execFileSync('mount', ['-o', 'remount,size=10m', disk]);
    expect(await resultOf('verify', 'disk/updates')).toMatchObject({ ok: true });
    await resultOf('expire', 'disk/updates', ...keys);
    const after = await readdir(join(disk, 'updates'), { recursive: true });
    expect(after.filter((name) => name.endsWith('.zst'))).toEqual(
      before.filter((name) => name.endsWith('.zst')),
    );
    await resultOf('add', 'disk/updates', 'qemu/2', ...keys);
  } finally {
    execFileSync('umount', [disk]);
  }
});
