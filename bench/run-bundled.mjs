// Bundles a program of bench/, with what it uses of src/ and test/support/, and runs it.
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

/** @param {string} entry Below bench/. @param {string} name Of the bundle's folder. */
export async function runBundled(entry, name) {
  // Below the project, so that npm packages are found from there.
  const outfile = `${root}node_modules/.cache/${name}/main.js`;
  await build({
    entryPoints: [`${root}bench/${entry}`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
    // Only the test support asks: it finds the project from where it lies.
    define: { 'import.meta.dirname': JSON.stringify(`${root}test/support`) },
  });
  await import(outfile);
}
