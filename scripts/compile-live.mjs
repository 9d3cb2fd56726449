// Compiles src/cli/live-main.ts into dist/live/basalt-install.mjs: one file with all that it needs, for the Node.js of the
// live system. The same sources give the same bytes: it becomes part of images.
import { build } from 'esbuild';
import { withoutDevtools } from './without-devtools.mjs';

/** @param {string} root The project's folder, ending in a slash. @param {string} outdir */
export async function compileLive(root, outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: { 'basalt-install': 'src/cli/live-main.ts' },
    outdir,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    jsx: 'automatic',
    plugins: [withoutDevtools],
    define: { 'process.env.NODE_ENV': '"production"' },
    // Packages that are CommonJS ask for Node's own modules in this way.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
  });
}
