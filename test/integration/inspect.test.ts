/** `inspect` and `verify` on a real image, sound and damaged, with real tools. */
import { chmod, cp, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { inspectionLines } from '../../src/cli/inspect-view.ts';
import { slotUuids } from '../../src/disk/root-hash.ts';
import { UserError } from '../../src/errors.ts';
import { currentIdentity } from '../../src/exec/identity.ts';
import { run } from '../../src/exec/run.ts';
import { findArtifact } from '../../src/inspect/artifact.ts';
import type { Check } from '../../src/inspect/check.ts';
import { inspectArtifact } from '../../src/inspect/inspection.ts';
import { type OutputFolder, readOutputFolder } from '../../src/inspect/output-folder.ts';
import { verifyArtifact } from '../../src/inspect/verify.ts';
import type { Workshop } from '../../src/inspect/workshop.ts';
import { defaultStoreDirectory, Store } from '../../src/store/store.ts';
import { openToolsTree } from '../../src/tools/tools-tree.ts';

const TIMEOUT_MS = 300_000;

let built: OutputFolder;
let workshop: Workshop;

beforeAll(async () => {
  const folder = process.env.BASALT_TEST_IMAGE;
  if (!folder) {
    throw new Error(
      'BASALT_TEST_IMAGE is not set: it names the output folder of a build of qemu, such as out/qemu/1.2.0. ./basalt test sets it.',
    );
  }
  built = await readOutputFolder(folder);
  const store = new Store(defaultStoreDirectory());
  const identity = currentIdentity();
  const { signal } = new AbortController();
  const toolbox = openToolsTree({ store, identity, signal, onMessage: () => {} });
  workshop = { store, identity, signal, toolbox: () => toolbox };
  await toolbox;
}, TIMEOUT_MS);

/** The built file of a format, in the built folder. */
function fileOf(format: string): string {
  const found = built.manifest.artifacts.find((artifact) => artifact.format === format);
  if (found === undefined) throw new Error(`the build has no ${format}`);
  return join(built.folder, found.file);
}

/** A copy of a built file alone in a folder, with its holes. */
async function copyOf(format: string): Promise<string> {
  const copy = join(await temporary(), `copy.${format}`);
  await run(['cp', '--sparse=always', fileOf(format), copy]);
  return copy;
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-inspect-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function flip(path: string, offset: number): Promise<void> {
  await chmod(path, 0o644);
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, offset);
    byte[0] = (byte[0] ?? 0) ^ 0x01;
    await file.write(byte, 0, 1, offset);
  } finally {
    await file.close();
  }
}

async function verify(argument: string): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for await (const check of verifyArtifact(workshop, await findArtifact(argument, '/nonexistent')))
    checks.push(check);
  return checks;
}

function failed(checks: readonly Check[]): string[] {
  return checks
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ file, place, claim, detail }) => `${file}|${place ?? ''}|${claim}|${detail}`);
}

async function inspect(argument: string) {
  return inspectArtifact(workshop, await findArtifact(argument, '/nonexistent'));
}

/** The error of something that must not succeed. */
async function failure(work: Promise<unknown>): Promise<UserError> {
  const outcome = await work.catch((error: unknown) => error);
  if (outcome instanceof UserError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('it was accepted');
}

/** Where slot A's root begins on the disk. */
async function rootOffset(): Promise<number> {
  const { disk } = await inspect(fileOf('raw'));
  const root = disk?.slots[0]?.root;
  if (root === undefined) throw new Error('no root partition');
  return root.firstByte;
}

test(
  'a disk: partitions with used bytes, a slot whose UUIDs are the root hash, a UKI that boots it',
  async () => {
    const { manifest } = built;
    const inspection = await inspect(built.folder);
    const { disk, uki } = inspection;
    expect(uki).toBeUndefined();
    expect(disk?.notes).toEqual([]);
    expect(disk?.partitions.map(({ type, label }) => [type, label])).toEqual([
      ['esp', 'esp'],
      ['root-x86-64-verity', `verity_${manifest.version}`],
      ['root-x86-64', `root_${manifest.version}`],
    ]);
    for (const { content, sizeBytes } of disk?.partitions ?? []) {
      expect(content.usedBytes).toBeGreaterThan(0);
      expect(content.usedBytes).toBeLessThanOrEqual(sizeBytes);
    }
    expect(disk?.slots).toHaveLength(1);
    expect(disk?.slots[0]).toMatchObject({
      version: manifest.version,
      rootHash: manifest.rootHash,
      uuidsMatch: true,
    });
    expect(disk?.slots[0]?.root?.uuid).toBe(slotUuids(manifest.rootHash).root);
    expect(disk?.ukis).toHaveLength(1);
    expect(disk?.ukis[0]).toMatchObject({
      file: `basalt_${manifest.version}+3-0.efi`,
      triesLeft: 3,
      uki: {
        kernelRelease: manifest.kernelRelease,
        commandLine: manifest.kernelCommandLine,
        rootHash: manifest.rootHash,
      },
    });
  },
  TIMEOUT_MS,
);

test('the drawing fits 80 columns, and its numbers are there without colour', async () => {
  const page = { paint: (_tone: unknown, text: string) => text, columns: 80 };
  const lines = inspectionLines(await inspect(built.folder), page);
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  const text = lines.join('\n');
  for (const part of [
    built.manifest.rootHash,
    'UUIDs are the root hash',
    '3 tries left',
    'docker.io',
    'MiB used',
  ])
    expect(text).toContain(part);
});

test(
  'a QCOW2 image shows the same as the raw disk',
  async () => {
    const [raw, qcow2] = [await inspect(fileOf('raw')), await inspect(fileOf('qcow2'))];
    const { file: _, format: __, ...disk } = qcow2.disk ?? {};
    expect(raw.disk).toMatchObject(disk);
  },
  TIMEOUT_MS,
);

test(
  'a build is sound, and so is each of its disks alone',
  async () => {
    expect(failed(await verify(join(built.folder, 'manifest.json')))).toEqual([]);
    const alone = await verify(await copyOf('raw'));
    expect(failed(alone)).toEqual([]);
    // What nothing can prove is said, not passed over.
    expect(alone.filter(({ outcome }) => outcome === 'unchecked')).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  'one flipped byte in the root partition: the block is named',
  async () => {
    const disk = await copyOf('raw');
    const offset = await rootOffset();
    await flip(disk, offset + 4096 * 1000 + 17);
    const [first, ...rest] = failed(await verify(disk));
    expect(rest).toEqual([]);
    expect(first).toContain(`partition 3 (root_${built.manifest.version})`);
    expect(first).toContain(
      `block 1000 is not what its hash says (byte 4096000 of the root, byte ${offset + 4096000} of the disk)`,
    );
  },
  TIMEOUT_MS,
);

test(
  'a flipped byte in the partition table: said, with what is wrong of it',
  async () => {
    const disk = await copyOf('raw');
    await flip(disk, 512 + 56);
    expect(failed(await verify(disk))[0]).toContain('the checksum of its header is wrong');
  },
  TIMEOUT_MS,
);

test(
  'a flipped byte in a copied UKI: its file is named',
  async () => {
    const folder = join(await temporary(), 'out');
    await cp(built.folder, folder, { recursive: true, filter: (path) => !/\.(raw|qcow2)$/.test(path) });
    const uki = built.manifest.artifacts.find(({ role }) => role === 'uki')?.file ?? '';
    await flip(join(folder, uki), 9_000_000);
    const found = failed(await verify(folder));
    expect(found.filter((line) => !line.endsWith('the file is missing'))).toEqual([
      expect.stringMatching(
        new RegExp(`^${uki.replace('+', '\\+')}\\|\\|has its SHA-256\\|its SHA-256 is [0-9a-f]{12}…`),
      ),
    ]);
    // Beside its manifest, the file alone is held to the same.
    expect(failed(await verify(join(folder, uki)))).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  'a flipped byte in the manifest',
  async () => {
    const folder = join(await temporary(), 'out');
    await cp(built.folder, folder, { recursive: true, filter: (path) => !/\.(raw|qcow2|root)$/.test(path) });
    const manifest = JSON.stringify({
      ...built.manifest,
      rootHash: built.manifest.rootHash.replace(/^./, 'g'),
    });
    await writeFile(join(folder, 'manifest.json'), manifest);
    const found = failed(await verify(folder)).join('\n');
    expect(found).toContain('manifest.json||has its SHA-256');
    expect(found).toContain('the root hash is that of the manifest');
  },
  TIMEOUT_MS,
);

test(
  'a QCOW2 image that was cut short is not shown as if it were whole',
  async () => {
    const disk = await copyOf('qcow2');
    await truncate(disk, 100 * 1024 * 1024);
    const error = await failure(inspect(disk));
    expect(error.code).toBe('disk-damaged');
    expect(error.message).toContain('was cut short');
    expect(failed(await verify(disk))[0]).toContain('clusters are missing or damaged');
    await truncate(disk, 20);
    expect((await failure(inspect(disk))).code).toBe('disk-damaged');
  },
  TIMEOUT_MS,
);

test('what is no disk is refused, with what was seen', async () => {
  const file = join(await temporary(), 'letter.txt');
  await writeFile(file, 'Dear reader,\n'.repeat(1000));
  for (const work of [inspect, verify]) {
    const error = await failure(work(file));
    expect(error.code).toBe('not-gpt');
    expect(error.where).toBe(file);
    expect(error.seen).toContain('none of the formats Basalt knows');
  }
  expect((await failure(inspect('/nonexistent/x'))).code).toBe('artifact-missing');
  expect((await failure(inspect(tmpdir()))).code).toBe('manifest-missing');
});
