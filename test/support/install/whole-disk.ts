/** A disk that was installed to, judged on the host: what the boot loader finds on it, against what was built. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { partitionTypes } from '../../../src/disk/partition-types.ts';
import { currentIdentity } from '../../../src/exec/identity.ts';
import type { Workshop } from '../../../src/inspect/workshop.ts';
import { Store } from '../../../src/store/store.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import type { TestImage } from '../image.ts';
import { holdsPart, viewBoot, viewEsp } from '../power-loss/boot-view.ts';
import { knownVersion } from '../power-loss/known-version.ts';
import { partitionsOf } from '../power-loss/zones.ts';

/** What reading needs. @param scratch A folder for small files. */
export function workshopIn(toolbox: Toolbox, scratch: string): Workshop {
  return {
    toolbox: async () => toolbox,
    store: new Store(join(scratch, 'store')),
    identity: currentIdentity(),
    signal: new AbortController().signal,
  };
}

/**
 * Root, hash tree and UKI are those that were built, under the names that lead from one to the other.
 * @param images What is on it: the first was installed just now, others are what the machine falls back to.
 */
export async function expectWhole(
  toolbox: Toolbox,
  images: readonly [TestImage, ...TestImage[]],
  { path, scratch }: { readonly path: string; readonly scratch: string },
): Promise<void> {
  const partitions = await partitionsOf(path);
  const esp = partitions.find(({ typeGuid }) => typeGuid === partitionTypes.esp.guid);
  if (esp === undefined) throw new Error(`${path} has no ESP`);
  const { version } = images[0].manifest;
  const { entries, problems } = await viewBoot(
    path,
    await viewEsp(workshopIn(toolbox, scratch), path, esp.firstByte),
    {
      versions: await Promise.all(images.map(({ folder }) => knownVersion(folder))),
      running: version,
      holds: (partition, part) => holdsPart(path, partition, part),
    },
  );
  expect(problems).toEqual([]);
  expect(entries[0]).toEqual({ file: `basalt_${version}+3-0.efi`, version, triesLeft: 3 });
  expect(entries.map((entry) => entry.version)).toEqual(images.map(({ manifest }) => manifest.version));
}
