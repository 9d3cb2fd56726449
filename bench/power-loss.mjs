// Bundles the power-loss run and what it uses of src/ and test/support/ with esbuild: `npm run power-loss -- --help`.
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
// Below the project, so that npm packages are found from there.
const outfile = `${root}node_modules/.cache/basalt-power-loss/main.js`;

await build({
  entryPoints: [`${root}bench/power-loss/main.ts`],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
  // The test support finds the project from where it lies.
  define: { 'import.meta.dirname': JSON.stringify(`${root}test/support`) },
});
await import(outfile);
