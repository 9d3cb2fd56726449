// Compiles src/ into dist/basalt.js, dist/agent/ and dist/live/ with esbuild. Types are checked by `npm run check`, not here:
// a user who builds an image should not wait for the type checker.
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { compileAgent } from './compile-agent.mjs';
import { compileLive } from './compile-live.mjs';

const root = new URL('..', import.meta.url).pathname;
/** What every command starts with: a few files are read faster than hundreds. The other packages are loaded where they are. */
const bundled = ['commander', 'execa', 'handlebars', 'yaml', 'zod'];
const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const startedAt = new Date();

rmSync(`${root}dist`, { recursive: true, force: true });
await build({
  entryPoints: { basalt: `${root}src/cli/main.ts` },
  outdir: `${root}dist`,
  bundle: true,
  splitting: true,
  external: Object.keys(dependencies).filter((name) => !bundled.includes(name)),
  // Of the bundled packages some are CommonJS, and ask for Node's own modules with require().
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  platform: 'node',
  format: 'esm',
  target: 'node20',
  jsx: 'automatic',
  sourcemap: true,
  // Traces name lines of src/, which is there: its text need not be read at each start.
  sourcesContent: false,
  logLevel: 'warning',
});
await compileAgent(root, `${root}dist/agent`);
await compileLive(root, `${root}dist/live`);
// The start script compares this stamp with the sources: an edit made while esbuild ran must count as newer.
writeFileSync(`${root}dist/.stamp`, '');
utimesSync(`${root}dist/.stamp`, startedAt, startedAt);
