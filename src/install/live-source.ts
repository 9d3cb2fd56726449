/** What a live system installs: the very root that it runs from. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isoVolume } from '../disk/iso-volume.ts';
import { UserError } from '../errors.ts';
import { diskShape } from './block-device.ts';
import { diskNames } from './disks/columns.ts';
import { signaturesOf } from './disks/signatures.ts';
import { loaderPartition } from './loader-partition.ts';
import { ownPrograms, type Programs } from './programs.ts';
import type { InstallSource } from './source.ts';

/** Exists in a live system only; it is on a tmpfs, and made by the initrd. */
const LIVE_MARK = '/run/basalt/live';
const FOLDER = '/usr/lib/basalt/installer';

const liveSchema = z.object({
  image: z.string(),
  version: z.string(),
  rootHash: z.string().regex(/^[0-9a-f]{64}$/),
  rootBytes: z.number().int().positive(),
  verityBytes: z.number().int().positive(),
  uki: z.object({ file: z.string(), sizeBytes: z.number().int().positive(), sha256: z.string() }),
});

/** Whether this is a live system. */
export async function isLive(): Promise<boolean> {
  return access(LIVE_MARK).then(
    () => true,
    () => false,
  );
}

/** What a live system is, without looking at the machine. @throws {UserError} `source-invalid`. */
export async function liveIdentity(
  folder = FOLDER,
): Promise<{ readonly image: string; readonly version: string }> {
  const { image, version } = await readLive(folder);
  return { image, version };
}

/**
 * The source of a live system. Reading the root goes through dm-verity, which refuses what is damaged.
 * @throws {UserError} `source-invalid`.
 */
export async function liveSource(
  options: { readonly signal: AbortSignal; readonly programs?: Programs; readonly folder?: string } = {
    signal: new AbortController().signal,
  },
): Promise<InstallSource> {
  const { signal, programs = ownPrograms, folder = FOLDER } = options;
  const live = await readLive(folder);
  return {
    image: live.image,
    version: live.version,
    rootHash: live.rootHash,
    root: { path: '/dev/mapper/root', sizeBytes: live.rootBytes },
    verity: { path: join(LIVE_MARK, 'verity'), sizeBytes: live.verityBytes },
    uki: { path: join(folder, live.uki.file), sizeBytes: live.uki.sizeBytes, sha256: live.uki.sha256 },
    boot: join(folder, 'boot'),
    definitions: join(folder, 'definitions'),
    medium: await findMedium(programs, signal, live),
    mediumVolume: isoVolume(live.image, live.version),
    mediumPartition: await loaderPartition(),
  };
}

async function readLive(folder: string): Promise<z.infer<typeof liveSchema>> {
  const file = join(folder, 'source.json');
  try {
    return liveSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new UserError('source-invalid', 'the live system does not say what it installs', {
      where: file,
      next: ['start from a medium that Basalt built'],
      cause,
    });
  }
}

/**
 * The disk with this image's ISO: nothing is mounted from it, since the live system is in memory, so it is known by the
 * name of its volume. Undefined after a start from the network.
 */
async function findMedium(
  programs: Programs,
  signal: AbortSignal,
  { image, version }: { readonly image: string; readonly version: string },
): Promise<string | undefined> {
  const volume = isoVolume(image, version);
  for (const name of await diskNames()) {
    const { path } = await diskShape(`/dev/${name}`);
    const { types, label } = await signaturesOf(programs, path, signal);
    if (types.includes('iso9660') && label === volume) return path;
  }
  return undefined;
}
