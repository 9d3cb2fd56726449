// Bundles the bench and what it uses of src/ with esbuild, and runs it: `npm run bench -- --help`.
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
// Below the project, so that npm packages are found from there.
const outfile = `${root}node_modules/.cache/basalt-bench/main.js`;

await build({
  entryPoints: [`${root}bench/main.ts`],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
await import(outfile);
