/** Programs of tests that use the agent's parts under the real QuickJS. */
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a program as the agent is bundled.
 * @param contents TypeScript; imports are relative to src/agent.
 * @returns The bundle's path: `probe/probe.js` below the folder.
 */
export async function bundleProbe(contents: string, folder: string): Promise<string> {
  const outfile = join(folder, 'probe/probe.js');
  await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '../../src/agent'), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    external: ['std', 'os'],
    logLevel: 'warning',
  });
  return outfile;
}
