/** The made-up installer as one file that stands alone, as in a live system. */
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { withoutDevtools } from '../../../scripts/without-devtools.mjs';

/** Compiles it. @returns The file. */
export async function bundleFakeInstaller(folder: string): Promise<string> {
  const outfile = join(folder, 'installer.mjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, 'program.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    jsx: 'automatic',
    plugins: [withoutDevtools],
    define: { 'process.env.NODE_ENV': '"production"' },
    // Packages that are CommonJS ask for Node's own modules in this way.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}
