/** What changed between two builds, with the changelogs of real packages. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentIdentity } from '../../src/exec/identity.ts';
import { compareContents } from '../../src/publish/changes/compare.ts';
import type { ContainedPackage, Contents } from '../../src/publish/changes/contents.ts';
import { withChangelogs } from '../../src/publish/changes/package-changelogs.ts';
import { Store } from '../../src/store/store.ts';
import { projectHome } from '../support/builder.ts';
import { changelogEntry, makeChangelogPackage } from '../support/changelog-package.ts';
import { makeStreamBuild } from '../support/stream-build.ts';
import { testToolbox } from '../support/toolbox.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-diff-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('changelogs come from the packages in the store, one for each source, and it is said where there are none', async () => {
  const store = new Store(join(folder, 'store'));
  const changelog = gzipSync(
    changelogEntry('2', 'Second.') + changelogEntry('1.5', 'CVE-2026-0001.') + changelogEntry('1', 'First.'),
  );
  const library = await makeChangelogPackage(folder, store, 'libtool0', {
    'usr/share/doc/other/readme': Buffer.from('x'),
  });
  const program = await makeChangelogPackage(folder, store, 'tool', {
    'usr/share/doc/tool/changelog.Debian.gz': changelog,
  });
  const contents = (place: string, version: string, more: readonly ContainedPackage[]): Contents => ({
    place,
    artifacts: {},
    packages: [
      { name: 'libtool0', version, source: 'tool', parts: ['root'], sha256: library },
      { name: 'tool', version, source: 'tool', parts: ['root'], sha256: program },
      ...more,
    ],
  });
  const lost = (version: string) => ({
    name: 'lost',
    version,
    source: 'lost',
    parts: ['root'],
    sha256: 'ab'.repeat(32),
  });
  const before = contents('a', '1', [lost('1')]);
  const after = contents('b', '2', [lost('2')]);
  const workshop = {
    store,
    identity: currentIdentity(),
    signal: new AbortController().signal,
    toolbox: () => testToolbox(),
  };
  const { changelogs } = await withChangelogs(compareContents(before, after), after, workshop);
  expect(changelogs).toEqual([
    {
      source: 'tool',
      packages: ['libtool0', 'tool'],
      entries: [
        expect.objectContaining({ version: '2', text: '  * Second.', cves: [] }),
        expect.objectContaining({ version: '1.5', cves: ['CVE-2026-0001'] }),
      ],
    },
    expect.objectContaining({ source: 'lost', entries: [], problem: expect.stringContaining('store') }),
  ]);
});

test('the command tells people and machines', async () => {
  const before = await makeStreamBuild(folder, { version: '1', packages: { curl: '8.1-1', jq: '1.7-1' } });
  const after = await makeStreamBuild(folder, {
    version: '2',
    packages: { curl: '8.2-1', nano: '8' },
    diskBytes: 300_000,
  });
  const diff = (...args: string[]) =>
    execa(join(projectHome, 'basalt'), ['diff', ...args], { reject: false });
  const told = await diff(before, after);
  expect(told.exitCode, told.stderr).toBe(0);
  for (const line of [
    /^qemu 1 → qemu 2$/m,
    /^ {2}curl +8\.1-1 → 8\.2-1$/m,
    /^1 added\n {2}nano +8$/m,
    /^1 removed\n {2}jq/m,
  ])
    expect(told.stdout).toMatch(line);
  expect(told.stdout).toMatch(/disk raw .*\+195\.3 KiB/);

  const { stdout } = await diff(join(before, 'packages.lock.json'), after, '--json', '--no-changelog');
  const result = stdout
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ type }) => type === 'result')?.result;
  expect(result).toMatchObject({
    after: { version: '2' },
    changed: [{ name: 'curl', before: '8.1-1', after: '8.2-1' }],
    added: [{ name: 'nano' }],
    removed: [{ name: 'jq' }],
    changelogs: [],
  });
  const same = await diff(before, before);
  expect(same.stdout).toContain('no package was added, removed or changed');
  expect(same.stdout).toContain('the root is the same');

  await writeFile(join(folder, 'no.json'), '{"a": 1}');
  for (const place of [join(folder, 'no.json'), join(folder, 'nowhere')]) {
    const refused = await diff(place, after);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('sbom.cdx.json');
  }
});
