/** images/base/rootfs/usr/lib/basalt/fallback: what leaves a bad version, in the real sh, with made-up variables of a boot loader. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { HealthRecord } from '../../src/agent/health/record.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { testToolbox } from '../support/toolbox.ts';

const SCRIPTS = resolve(import.meta.dirname, '../../images/base/rootfs/usr/lib/basalt');
const LOADER = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
const RESTART = 'start --no-block --job-mode=replace-irreversibly reboot.target';

let toolbox: Toolbox;
let folder: string;

beforeAll(async () => {
  toolbox = await testToolbox();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-fallback-'));
  for (const name of ['efi', 'fakes', 'log', 'run', 'var', 'proc']) await mkdir(join(folder, name));
  await writeFile(
    join(folder, 'fakes/systemctl'),
    '#!/bin/sh\n[ "$1" = list-jobs ] && { cat /log/jobs 2>/dev/null; exit; }\necho "$*" >> /log/calls\n',
    { mode: 0o755 },
  );
  await writeFile(join(folder, 'os-release'), 'NAME=Basalt\nIMAGE_ID=qemu\nIMAGE_VERSION=2.0\n');
  await writeFile(join(folder, 'proc/cmdline'), 'ro quiet roothash=abc\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A variable as efivarfs shows it: four bytes of attributes, then texts in UTF-16, each with a NUL. */
function variable(name: string, ...texts: readonly string[]): Promise<void> {
  const bytes = Buffer.concat([
    Buffer.from([6, 0, 0, 0]),
    ...texts.map((text) => Buffer.from(`${text}\0`, 'utf16le')),
  ]);
  return writeFile(join(folder, 'efi', `${name}-${LOADER}`), bytes);
}

async function fallback() {
  const { stdout, stderr } = await toolbox.run(['sh', '/basalt/fallback'], {
    tmpfs: ['/sys', '/var/lib'],
    env: { PATH: '/fakes:/usr/sbin:/usr/bin' },
    binds: [
      { source: SCRIPTS, target: '/basalt' },
      { source: join(folder, 'fakes'), target: '/fakes' },
      { source: join(folder, 'log'), target: '/log', writable: true },
      { source: join(folder, 'efi'), target: '/sys/firmware/efi/efivars' },
      { source: join(folder, 'run'), target: '/run/basalt' },
      { source: join(folder, 'var'), target: '/var/lib/basalt', writable: true },
      { source: join(folder, 'os-release'), target: '/usr/lib/os-release' },
      { source: join(folder, 'proc/cmdline'), target: '/proc/cmdline' },
    ],
  });
  const calls = (await readFile(join(folder, 'log/calls'), 'utf8').catch(() => '')).trim();
  const text = await readFile(join(folder, 'var/update/health.json'), 'utf8').catch(() => undefined);
  return {
    stdout,
    stderr,
    calls,
    record: text === undefined ? undefined : (JSON.parse(text) as HealthRecord),
  };
}

const counted = (name: string) => variable('LoaderBootCountPath', `\\EFI\\Linux\\${name}`);
const entries = (...names: readonly string[]) => variable('LoaderEntries', ...names);

test('a version on probation with another beside it restarts, and a boot that hung says where', async () => {
  await counted('basalt_2.0+2-1.efi');
  await entries('basalt_2.0.efi', 'basalt_1.0.efi', 'auto-reboot-to-firmware-setup');
  await writeFile(
    join(folder, 'log/jobs'),
    '123 boot-complete.target start waiting\n124 hang.service start running\n125 a\\x2d"b.mount start running\n',
  );
  const { stdout, stderr, calls, record } = await fallback();
  expect(stderr).toBe('');
  expect(stdout).toMatch(/basalt_2\.0\.efi did not become good, 2 tries are left: the machine restarts/);
  expect(calls).toBe(RESTART);
  expect(record).toMatchObject({
    version: '2.0',
    good: false,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.000Z$/),
    problems: [
      expect.stringMatching(
        /^the boot was not complete after \d+ s; still starting: hang\.service ax2db\.mount $/,
      ),
    ],
  });
  expect(record?.bootId).toMatch(/^[0-9a-f-]{36}$/);
});

test('what the check of health has found is kept', async () => {
  await counted('basalt_2.0+0-3.efi');
  await entries('basalt_2.0.efi', 'basalt_1.0.efi');
  const bootId = (await toolbox.run(['cat', '/proc/sys/kernel/random/boot_id'])).stdout.trim();
  const found = { version: '2.0', bootId, at: 'x', good: false, problems: ['docker.service failed'] };
  await mkdir(join(folder, 'var/update'));
  await writeFile(join(folder, 'var/update/health.json'), JSON.stringify(found));
  const { calls, record } = await fallback();
  expect(calls).toBe(RESTART);
  expect(record).toEqual(found);
});

test.each([
  ['the boot is not counted', async () => entries('basalt_2.0.efi', 'basalt_1.0.efi'), ''],
  [
    'the version is good by now',
    async () => {
      await counted('basalt_2.0+2-1.efi');
      await entries('basalt_2.0.efi', 'basalt_1.0.efi');
      await writeFile(join(folder, 'run/version-good'), '');
    },
    '',
  ],
  [
    'it is the only version',
    async () => {
      await counted('basalt_2.0+2-1.efi');
      await entries('basalt_2.0.efi', 'windows_1.efi', 'auto-efi-shell');
    },
    'there is no other version: it stays',
  ],
  [
    'it is the only version, and the boot loader tells counters',
    async () => {
      await counted('Basalt_2.0+2-1.efi');
      await entries('basalt_2.0+3.efi');
    },
    'there is no other version: it stays',
  ],
  [
    'it is started for ever',
    async () => {
      await counted('basalt_2.0+0-11.efi');
      await entries('basalt_2.0.efi', 'basalt_1.0.efi');
    },
    'was started 11 times: it stays',
  ],
  [
    'somebody wants a shell',
    async () => {
      await counted('basalt_2.0+2-1.efi');
      await entries('basalt_2.0.efi', 'basalt_1.0.efi');
      await writeFile(join(folder, 'proc/cmdline'), 'ro systemd.unit=emergency.target\n');
    },
    '',
  ],
])('no restart when %s', async (_, prepare, words) => {
  await prepare();
  const { stdout, stderr, calls } = await fallback();
  expect(stderr).toBe('');
  expect(stdout).toContain(words);
  if (words === '') expect(stdout).toBe('');
  // It may become good later.
  expect(calls).toBe(words === '' ? '' : 'start --no-block basalt-health-retry.timer');
});

test.each([
  ['the last try', '+0-3', ['basalt_2.0.efi', 'basalt_1.0.efi']],
  ['a counter without tries that were done', '+2', ['basalt_2.0.efi', 'basalt_1.0.efi']],
  ['another version that is on probation too', '+2-1', ['basalt_2.0.efi', 'basalt_1.0+1-2.efi']],
  ['a version whose name begins the same', '+2-1', ['basalt_2.0.efi', 'basalt_2.0.1.efi']],
  ['a boot loader that tells no entries', '+2-1', undefined],
])('restarts with %s', async (_, tries, names) => {
  await counted(`basalt_2.0${tries}.efi`);
  if (names !== undefined) await entries(...names);
  expect((await fallback()).calls).toBe(RESTART);
});

test('a disk that cannot be written does not keep it from restarting', async () => {
  await counted('basalt_2.0+2-1.efi');
  await entries('basalt_2.0.efi', 'basalt_1.0.efi');
  await writeFile(join(folder, 'var/update'), 'a file in the way');
  expect((await fallback()).calls).toBe(RESTART);
});
