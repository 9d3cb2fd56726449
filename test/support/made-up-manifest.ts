/** The manifest of a build that nobody made: for tests that only need its files. */
import type { Artifact, Manifest } from '../../src/build/manifest.ts';

/** @param artifacts What the folder holds. */
export function madeUpManifest(
  build: Pick<Manifest, 'image' | 'version' | 'rootHash'> & Partial<Manifest>,
  artifacts: readonly Artifact[],
): Manifest {
  return {
    basaltManifest: 1,
    suite: 'trixie',
    architecture: 'amd64',
    epoch: 1_790_000_000,
    kernelRelease: '6.12.0',
    kernelCommandLine: 'ro',
    tools: '',
    packageSizes: [],
    ...build,
    artifacts: [...artifacts],
  };
}
