import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url).pathname;

test('a run without a live view does not load ink or react', async () => {
  const result = await build({
    entryPoints: [`${root}src/cli/reporter.ts`],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: '/unused',
    packages: 'external',
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
    logLevel: 'silent',
  });
  const outputs = Object.values(result.metafile.outputs);
  const entry = outputs.find(({ entryPoint }) => entryPoint?.endsWith('src/cli/reporter.ts'));
  const live = outputs.find(({ entryPoint }) => entryPoint?.endsWith('src/tui/ink-reporter.tsx'));
  // Were the import static, there would be no chunk of its own for the live view.
  expect(live?.imports.map(({ path }) => path)).toContain('ink');
  const loadedAtOnce = outputs.filter((output) => output !== live);
  expect(entry?.imports.filter(({ kind }) => kind === 'dynamic-import')).toHaveLength(1);
  expect(loadedAtOnce.flatMap(({ imports }) => imports.map(({ path }) => path))).not.toContain('ink');
  expect(loadedAtOnce.flatMap(({ imports }) => imports.map(({ path }) => path))).not.toContain('react');
});
