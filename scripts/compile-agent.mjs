// Compiles src/agent into dist/agent/ for QuickJS: main.js, and a chunk for what only some commands need, so that a boot
// with nothing to do reads as little as possible. The same sources give the same bytes: it becomes part of images.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

/** @param {string} root The project's folder, ending in a slash. @param {string} outdir */
export async function compileAgent(root, outdir) {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/agent/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'neutral',
    format: 'esm',
    // QuickJS 2025-04-26 runs ES2023.
    target: 'es2022',
    external: ['std', 'os'],
    define: { AGENT_VERSION: JSON.stringify(version) },
    legalComments: 'none',
    logLevel: 'warning',
  });
}
