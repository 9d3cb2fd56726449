/** The raw disk that is published, and what its build says of it. */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { exitCodes, UserError } from '../../errors.ts';
import { withFile } from '../../inspect/file-reader.ts';
import { folderOf, type OutputFolder, readOutputFolder } from '../../inspect/output-folder.ts';
import { digestFile } from '../../store/digest.ts';
import { formatSize, GIB } from '../../units.ts';

export interface PublishedDisk {
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of the raw disk: what "the same content" means. */
  readonly sha256: string;
  readonly image: string;
  readonly version: string;
  /** Debian's name. */
  readonly architecture: string;
  /** Unknown for a disk without a manifest. */
  readonly rootHash: string | undefined;
  /** The output folder; undefined for a disk that lies alone. */
  readonly folder: string | undefined;
}

const SECTOR_BYTES = 512;
const GPT_SIGNATURE = 'EFI PART';
/** The largest volume of gp3 (Amazon EBS, volume types). */
const MOST_BYTES = 16 * 1024 * GIB;

/**
 * @param place An output folder, or a raw disk in one or alone.
 * @throws {UserError} when there is no raw disk.
 */
export async function readDisk(place: string, signal: AbortSignal): Promise<PublishedDisk> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) {
    throw new UserError('disk-missing', 'there is nothing to publish', {
      where: place,
      needed: 'the output folder of a build, or a raw disk',
      exitCode: exitCodes.invalidInput,
    });
  }
  if (found.isDirectory()) return ofFolder(await readOutputFolder(place));
  const folder = await folderOf(resolve(place));
  if (folder !== undefined) return ofFolder(folder, basename(place));
  await refuseOthers(place);
  const sha256 = await digestFile(place, signal);
  return checked({
    path: resolve(place),
    sizeBytes: found.size,
    sha256,
    image: imageNameOf(place),
    version: sha256.slice(0, 12),
    architecture: 'amd64',
    rootHash: undefined,
    folder: undefined,
  });
}

async function ofFolder({ folder, manifest }: OutputFolder, file?: string): Promise<PublishedDisk> {
  const artifact = manifest.artifacts.find(
    (each) => each.role === 'disk' && each.format === 'raw' && (file === undefined || each.file === file),
  );
  if (artifact === undefined) {
    throw new UserError('disk-missing', 'the build has no raw disk', {
      where: folder,
      seen: manifest.artifacts.map((each) => each.file).join(', '),
      needed: 'an artifact with the role "disk" and the format "raw"',
      next: [`./basalt build ${manifest.image} --format raw`],
    });
  }
  const path = resolve(join(folder, artifact.file));
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size !== artifact.sizeBytes) {
    throw new UserError('build-damaged', 'the raw disk is not what its manifest says', {
      where: path,
      seen: size === undefined ? 'no such file' : formatSize(size),
      needed: formatSize(artifact.sizeBytes),
      next: ['build it again'],
    });
  }
  const { image, version, architecture, rootHash } = manifest;
  const { sizeBytes, sha256 } = artifact;
  return checked({
    path,
    sizeBytes,
    sha256,
    image,
    version,
    architecture,
    rootHash,
    folder: resolve(folder),
  });
}

/**
 * Refuses disks in other formats and compressed ones, which a cloud would store without a word and never boot: what boots
 * there has a GPT in its second sector (UEFI 2.10, section 5.3.2), of 512 bytes as EBS has them.
 */
async function refuseOthers(path: string): Promise<void> {
  const second = await withFile(path, ({ read }) => read(SECTOR_BYTES, GPT_SIGNATURE.length));
  if (second.toString('latin1') === GPT_SIGNATURE) return;
  throw new UserError('disk-not-raw', 'this is not a raw disk', {
    where: path,
    seen: 'no GPT in its second sector',
    needed: 'a raw disk, such as a build with --format raw makes',
    exitCode: exitCodes.invalidInput,
  });
}

function checked(disk: PublishedDisk): PublishedDisk {
  if (disk.version === 'latest') {
    throw new UserError('version-invalid', 'a version of this name cannot be published', {
      where: disk.path,
      seen: disk.version,
      needed: 'another one: the SSM parameter "latest" leads to the newest version',
    });
  }
  if (disk.sizeBytes > 0 && disk.sizeBytes <= MOST_BYTES) return disk;
  throw new UserError('disk-size', 'a volume of this size cannot be', {
    where: disk.path,
    seen: formatSize(disk.sizeBytes),
    needed: `more than nothing, and at most ${formatSize(MOST_BYTES)}`,
  });
}

function imageNameOf(path: string): string {
  return (
    basename(path)
      .replace(/\.[a-z0-9]+$/, '')
      .replace(/[^A-Za-z0-9.-]+/g, '-') || 'disk'
  );
}
