/** Checks a UKI file. */
import { basename } from 'node:path';
import type { Manifest } from '../build/manifest.ts';
import { UserError } from '../errors.ts';
import { type Check, check, unchecked } from './check.ts';
import { withFile } from './file-reader.ts';
import { readUki } from './uki.ts';

/** Checks what a UKI says against the manifest, or, without one, that it can be read and names a root. */
export async function verifyUki(path: string, manifest: Manifest | undefined): Promise<readonly Check[]> {
  const file = basename(path);
  try {
    const uki = await withFile(path, ({ read, sizeBytes }) => readUki(read, sizeBytes, path));
    const names = check(
      { file },
      'names a root by its hash',
      uki.rootHash === undefined ? 'its command line has no roothash=' : undefined,
    );
    if (manifest === undefined) {
      const why = 'a UKI without a signature carries no digest of itself, and no manifest is beside it';
      return [
        check({ file }, 'is a whole UKI', undefined),
        names,
        unchecked({ file }, 'kernel and initrd are those that were built', why),
      ];
    }
    const same = (what: string, seen: string | undefined, wanted: string) =>
      check(
        { file },
        `${what} is that of the manifest`,
        seen === wanted ? undefined : `it is ${seen ?? 'missing'}, and should be ${wanted}`,
      );
    return [
      check({ file }, 'is a whole UKI', undefined),
      same('the root hash', uki.rootHash, manifest.rootHash),
      same('the command line', uki.commandLine, manifest.kernelCommandLine),
      same('the kernel release', uki.kernelRelease, manifest.kernelRelease),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [check({ file }, 'is a whole UKI', [error.message, error.seen].filter(Boolean).join(': '))];
  }
}
