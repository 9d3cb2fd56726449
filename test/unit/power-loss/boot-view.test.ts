import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseEntryName } from '../../../src/inspect/boot-entry.ts';
import type { EspUki } from '../../../src/inspect/esp.ts';
import { type BootView, viewBoot } from '../../support/power-loss/boot-view.ts';
import type { KnownVersion } from '../../support/power-loss/known-version.ts';
import { RUNNING_HASH, slotMachine } from '../../support/slot-machine.ts';

/** What slotMachine has in its other slot. */
const OTHER_HASH = createHash('sha256').update('other').digest('hex');
const known = (version: string, rootHash: string): KnownVersion => ({
  version,
  rootHash,
  root: { sizeBytes: 1, sha256: `root ${version}` },
  verity: { sizeBytes: 1, sha256: `verity ${version}` },
  uki: { sizeBytes: 1, sha256: `uki ${version}` },
});
const versions = [known('1', RUNNING_HASH), known('2', OTHER_HASH), known('3', 'bb'.repeat(32))];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-boot-view-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A UKI whose content is that of the version in its name. */
const uki = (file: string, change: Partial<EspUki> = {}): EspUki => {
  const name = parseEntryName(file);
  return {
    ...name,
    file,
    sha256: `uki ${name.version}`,
    uki: {} as EspUki['uki'],
    problem: undefined,
    ...change,
  };
};

async function view(
  ukis: readonly EspUki[],
  {
    damage = () => undefined,
    wrong = [],
    running = '1',
  }: {
    damage?: (disk: Buffer) => void;
    wrong?: readonly string[];
    running?: string;
  } = {},
): Promise<BootView> {
  const { disk } = slotMachine({ entries: {}, otherVersion: '2' });
  damage(disk);
  const path = join(folder, 'disk');
  await writeFile(path, disk);
  const holds = async (_: unknown, { sha256 }: { sha256: string }) => !wrong.includes(sha256);
  return viewBoot(path, { ukis }, { versions, running: running === 'none' ? undefined : running, holds });
}

const zero = (disk: Buffer, sector: number) => void disk.fill(0, sector * 512, (sector + 1) * 512);

test('whole versions are taken in the boot loader’s order', async () => {
  const both = await view([uki('basalt_1.efi'), uki('basalt_2+2-0.efi')]);
  expect(both.problems).toEqual([]);
  expect(both.entries.map(({ file }) => file)).toEqual(['basalt_2+2-0.efi', 'basalt_1.efi']);
  const spent = await view([uki('basalt_2+0-2.efi'), uki('basalt_1.efi')]);
  expect(spent.entries.map(({ file }) => file)).toEqual(['basalt_1.efi', 'basalt_2+0-2.efi']);
});

test('an empty file is passed over', async () => {
  const empty = uki('basalt_2+2-0.efi', {
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    uki: undefined,
  });
  const { entries, problems } = await view([uki('basalt_1.efi'), empty]);
  expect(problems).toEqual([]);
  expect(entries.map(({ file }) => file)).toEqual(['basalt_1.efi']);
});

test('one copy of the partition table is enough, none is not', async () => {
  expect((await view([uki('basalt_1.efi')], { damage: (disk) => zero(disk, 1) })).problems).toEqual([]);
  const none = await view([uki('basalt_1.efi')], {
    damage: (disk) => {
      zero(disk, 2);
      zero(disk, 2047);
    },
  });
  expect(none.problems.join()).toContain('both copies of the partition table are damaged');
});

test.each<[string, readonly EspUki[], readonly string[], string]>([
  [
    'a UKI that was cut short',
    [uki('basalt_1.efi'), uki('basalt_2+2-0.efi', { sha256: 'x' })],
    [],
    'not the UKI of version 2',
  ],
  ['no PE file', [uki('basalt_1.efi'), uki('basalt_2+2-0.efi', { uki: undefined })], [], 'no whole PE file'],
  [
    'a UKI whose slot is not named',
    [uki('basalt_1.efi'), uki('basalt_3+2-0.efi')],
    [],
    'there is no partition bbbb',
  ],
  [
    'a root that is not whole',
    [uki('basalt_1.efi'), uki('basalt_2+2-0.efi')],
    ['root 2'],
    'does not hold its root',
  ],
  [
    'a damaged tree',
    [uki('basalt_1.efi'), uki('basalt_2+2-0.efi')],
    ['verity 2'],
    'does not hold its verity',
  ],
  ['only the new version', [uki('basalt_2+2-0.efi')], [], 'version 1, which ran, is not complete'],
  ['no version', [], [], 'the boot loader finds no version'],
])('%s is a fault', async (_, ukis, wrong, problem) => {
  expect((await view(ukis, { wrong })).problems.join()).toContain(problem);
});

test('where nothing ran, nothing has to start, and what does must be whole', async () => {
  const erased = { damage: (disk: Buffer) => void disk.fill(0), running: 'none' };
  expect(await view([uki('basalt_1.efi')], erased)).toEqual({ entries: [], problems: [] });
  expect(await view([], { running: 'none' })).toEqual({ entries: [], problems: [] });
  expect((await view([uki('basalt_2+2-0.efi')], { running: 'none' })).problems).toEqual([]);
  const half = await view([uki('basalt_2+2-0.efi')], { running: 'none', wrong: ['root 2'] });
  expect(half.problems).toContain('what is started first, basalt_2+2-0.efi, is not complete');
});
