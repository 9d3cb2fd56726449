/** Runs an installer that is killed at a moment. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { EngineOptions } from './engine.ts';

const execute = promisify(execFile);

/** Bundles the installer's process. @returns Its path in the folder. */
export async function bundleInstaller(folder: string): Promise<string> {
  const outfile = join(folder, 'installer.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'installer-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // What is bundled of CommonJS asks for node's modules in its own way.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}

/**
 * @param killAt See installer-process.ts.
 * @returns How many programs it started, when it came to its end; undefined when it was killed.
 */
export async function runKilled(
  bundle: string,
  options: Pick<EngineOptions, 'source' | 'disk' | 'keepVar' | 'cloudConfig' | 'report'> & {
    readonly killAt: string;
  },
): Promise<number | undefined> {
  try {
    const { stdout } = await execute(process.execPath, [bundle, JSON.stringify(options)], {
      // What a killed process leaves goes with the bundle's folder.
      env: { ...process.env, TMPDIR: dirname(bundle) },
    });
    return Number(stdout.trim());
  } catch (error) {
    if ((error as { readonly signal?: string }).signal === 'SIGKILL') return undefined;
    throw error;
  }
}
