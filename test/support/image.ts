/** The built image that integration and boot tests look at. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, manifestSchema } from '../../src/build/manifest.ts';

export interface TestImage {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Path of the artifact of a format, such as `raw`. */
  path(format: string): string;
}

/** Opens the image that `built-image.ts` built. */
export async function testImage(): Promise<TestImage> {
  const folder = process.env.BASALT_TEST_IMAGE;
  if (!folder)
    throw new Error('BASALT_TEST_IMAGE is not set: run the tests with ./basalt test, which builds the image');
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  return {
    folder,
    manifest,
    path: (format) => {
      const artifact = manifest.artifacts.find((entry) => entry.format === format);
      if (artifact === undefined) throw new Error(`the image has no ${format}`);
      return join(folder, artifact.file);
    },
  };
}
