/** The images that machines boot: what was built, by the manifests of output folders. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, Manifest } from '../build/manifest.ts';
import { UserError } from '../errors.ts';
import { buildsOf, readOutputFolder } from '../inspect/output-folder.ts';

/** Roles of the artifacts that a machine needs to boot and install; the others are nobody's on the network. */
const SERVED: readonly string[] = ['kernel', 'initrd', 'root', 'verity', 'uki', 'live'];

/** An image that a machine can boot. */
export interface BootImage {
  readonly image: string;
  readonly version: string;
  /** The kernel command line of the live system, with its root hash. */
  readonly commandLine: string;
  /** File names. */
  readonly kernel: string;
  readonly initrds: readonly string[];
}

/** A file of an image. */
export interface ImageFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Finds the build that a machine boots.
 * @param outDir Folder with IMAGE/VERSION/manifest.json.
 * @param version The newest build when absent.
 * @throws {UserError} when it is not there, or cannot be booted over the network.
 */
export async function findImage(
  outDir: string,
  image: string,
  version: string | undefined,
): Promise<BootImage> {
  const { manifest } =
    version === undefined
      ? await newest(outDir, image)
      : await readOutputFolder(join(outDir, image, version));
  const ofRole = (role: string) => manifest.artifacts.filter((artifact) => artifact.role === role);
  const [kernel] = ofRole('kernel');
  const initrds = ofRole('initrd');
  if (kernel === undefined || initrds.length === 0) {
    throw new UserError('image-not-bootable', `the image ${image} cannot be booted over the network`, {
      seen: `artifacts: ${manifest.artifacts.map(({ role }) => role).join(', ')}`,
      needed: 'a kernel and an initrd in its manifest',
      where: join(outDir, image, manifest.version),
    });
  }
  return {
    image,
    version: manifest.version,
    commandLine: manifest.liveCommandLine ?? manifest.kernelCommandLine,
    kernel: kernel.file,
    initrds: initrds.map(({ file }) => file),
  };
}

async function newest(outDir: string, image: string) {
  const [found] = await buildsOf(outDir, image);
  if (found !== undefined) return found;
  throw new UserError('image-not-built', `there is no build of the image ${image}`, {
    where: join(outDir, image),
    next: [`./basalt build ${image}`],
  });
}

/** A file of a build that machines may fetch; undefined for all others. Names must be checked already. */
export async function findImageFile(
  outDir: string,
  image: string,
  version: string,
  file: string,
): Promise<ImageFile | undefined> {
  const folder = join(outDir, image, version);
  const manifest = await readOutputFolder(folder).then(
    (found): Manifest | undefined => found.manifest,
    () => undefined,
  );
  const artifact: Artifact | undefined = manifest?.artifacts.find((each) => each.file === file);
  if (artifact === undefined || !SERVED.includes(artifact.role) || artifact.file.includes('/'))
    return undefined;
  const path = join(folder, artifact.file);
  const found = await stat(path).catch(() => undefined);
  // A file that is being replaced would be sent in two halves.
  if (found === undefined || !found.isFile() || found.size !== artifact.sizeBytes) return undefined;
  return { path, sizeBytes: artifact.sizeBytes, sha256: artifact.sha256 };
}
