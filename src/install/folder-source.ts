/** What can be installed from an output folder, `out/IMAGE/VERSION`. */
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { readOutputFolder } from '../inspect/output-folder.ts';
import type { InstallSource } from './source.ts';

/**
 * @param folder Of a build.
 * @param beside What a build's folder has not: the boot loader's files, and the definitions of partitions.
 * @throws {UserError} `source-invalid` when a part is missing.
 */
export async function folderSource(
  folder: string,
  beside: Pick<InstallSource, 'boot' | 'definitions'>,
): Promise<InstallSource> {
  const { manifest } = await readOutputFolder(folder);
  const part = (role: 'root' | 'verity' | 'uki') => {
    const artifact = manifest.artifacts.find((each) => each.role === role);
    if (artifact !== undefined) return { ...artifact, path: join(folder, artifact.file) };
    throw new UserError('source-invalid', `the build has no ${role}`, {
      where: folder,
      next: ['build the image again: ./basalt build IMAGE'],
    });
  };
  const [root, verity, uki] = [part('root'), part('verity'), part('uki')];
  return {
    image: manifest.image,
    version: manifest.version,
    rootHash: manifest.rootHash,
    root: { path: root.path, sizeBytes: root.sizeBytes },
    verity: { path: verity.path, sizeBytes: verity.sizeBytes },
    uki: { path: uki.path, sizeBytes: uki.sizeBytes, sha256: uki.sha256 },
    boot: beside.boot,
    definitions: beside.definitions,
    medium: undefined,
  };
}
