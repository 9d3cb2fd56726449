/** The files of a build that is published, checked against what it says of itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { parseSums, readOutputFolder } from '../../inspect/output-folder.ts';
import { digestBytes } from '../../store/digest.ts';
import { readAmis } from '../amis.ts';
import { buildPrefix, contentTypeOf } from './layout.ts';
import type { OfferedBuild } from './offer.ts';
import type { PlacedFile } from './place.ts';

export interface BuildFiles extends OfferedBuild {
  readonly folder: string;
  /** In the place; without the sums. */
  readonly files: readonly PlacedFile[];
  readonly sums: PlacedFile & { readonly source: Uint8Array };
}

/** @throws {UserError} when manifest and sums do not agree. */
export async function readBuildFiles(folder: string): Promise<BuildFiles> {
  const { manifest } = await readOutputFolder(folder);
  const { image, version, architecture } = manifest;
  const manifestBytes = await readFile(join(folder, 'manifest.json'));
  const sumsBytes = await readFile(join(folder, 'SHA256SUMS')).catch((cause: unknown) => {
    throw new UserError('sums-missing', 'the build has no SHA256SUMS', { where: folder, cause });
  });
  const said = parseSums(sumsBytes.toString('utf8'));
  const manifestSha256 = digestBytes(manifestBytes);
  const wrong = [
    ...manifest.artifacts.filter(({ file, sha256 }) => said.get(file) !== sha256).map(({ file }) => file),
    ...(said.get('manifest.json') === manifestSha256 ? [] : ['manifest.json']),
  ];
  if (wrong.length > 0) {
    throw new UserError('build-damaged', 'SHA256SUMS and manifest.json do not agree', {
      where: folder,
      seen: wrong.join(', '),
      next: ['build it again'],
    });
  }
  const prefix = buildPrefix(image, version, architecture);
  const placed = (name: string, sizeBytes: number, sha256: string) => ({
    key: `${prefix}/${name}`,
    sizeBytes,
    sha256,
    contentType: contentTypeOf(name),
    immutable: true,
  });
  const raw = manifest.artifacts.find(({ role, format }) => role === 'disk' && format === 'raw');
  return {
    folder,
    manifest,
    manifestSizeBytes: manifestBytes.length,
    manifestSha256,
    sumsSha256: digestBytes(sumsBytes),
    amis: raw === undefined ? undefined : await readAmis(folder, raw.sha256),
    files: [
      ...manifest.artifacts.map(({ file, sizeBytes, sha256 }) => ({
        ...placed(file, sizeBytes, sha256),
        source: join(folder, file),
      })),
      { ...placed('manifest.json', manifestBytes.length, manifestSha256), source: manifestBytes },
    ],
    sums: { ...placed('SHA256SUMS', sumsBytes.length, digestBytes(sumsBytes)), source: sumsBytes },
  };
}
