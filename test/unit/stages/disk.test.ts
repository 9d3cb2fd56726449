/** The check that three UKIs fit the ESP: before any tool runs, so it needs none. */
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { Downloads } from '../../../src/packages/downloads.ts';
import { disk } from '../../../src/stages/disk.ts';
import type { StageContext } from '../../../src/stages/stage.ts';
import { Store } from '../../../src/store/store.ts';
import { Toolbox } from '../../../src/tools/toolbox.ts';
import { MIB } from '../../../src/units.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-disk-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** A disk stage with a UKI of this size, and tools that do not exist. */
async function makeDisk(ukiBytes: number, espBytes: number): Promise<unknown> {
  const store = new Store(folder);
  const sha256 = 'a'.repeat(64);
  await mkdir(dirname(store.objectPath(sha256)), { recursive: true });
  await writeFile(store.objectPath(sha256), '');
  await truncate(store.objectPath(sha256), ukiBytes);
  const object = { sha256, sizeBytes: ukiBytes };
  const context: StageContext<'disk'> = {
    options: {
      epoch: 1,
      version: '1.0',
      seed: '11111111-1111-8111-8111-111111111111',
      espBytes,
      rootBytes: 64 * MIB,
      verityBytes: MIB,
      ukisInEsp: 3,
      ukiName: 'basalt_1.0+3-0.efi',
      espFiles: [],
      definitions: [],
    },
    inputs: {
      uki: { objects: { uki: object }, values: {} },
      root: { objects: { image: object }, values: {} },
      verity: { objects: { hashes: object }, values: { rootHash: 'b'.repeat(64) } },
    },
    toolbox: new Toolbox(join(folder, 'no-tools'), [], { kind: 'root' }),
    store,
    downloads: new Downloads(store),
    directory: folder,
    home: folder,
    signal: new AbortController().signal,
    sourceOf: () => ({ kind: 'text', text: '' }),
    fileOf: async () => '',
    progress() {},
    warn() {},
  };
  return disk(context).catch((error: unknown) => error);
}

it('says the sizes when three UKIs do not fit the ESP', async () => {
  const error = await makeDisk(99 * MIB, 300 * MIB);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({
    code: 'does-not-fit',
    message: '3 UKIs do not fit the ESP',
    seen: expect.stringMatching(/a UKI of 99 MiB; 3 of them .* need 302 MiB/),
    needed: expect.stringContaining('at most 300 MiB (partitions.esp)'),
  });
});

it('accepts UKIs that just fit', async () => {
  expect(await makeDisk(98 * MIB, 300 * MIB)).not.toBeInstanceOf(UserError);
});
