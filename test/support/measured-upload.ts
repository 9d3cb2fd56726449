/** Uploads in a process of their own, with what they cost. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { emulatorCredentials } from './aws-emulator.ts';
import { projectHome } from './builder.ts';
import type { UploadCost } from './upload-probe.ts';

export interface MeasuredUpload {
  run(disk: { readonly path: string; readonly sha256: string }, url: string): Promise<UploadCost>;
}

/** @param folder Gets the program, and journals. */
export async function measuredUpload(folder: string): Promise<MeasuredUpload> {
  // Below the project, so that npm packages are found from there.
  const program = join(projectHome, 'node_modules/.cache/basalt-upload-probe/probe.mjs');
  await build({
    entryPoints: [join(projectHome, 'test/support/upload-probe.ts')],
    outfile: program,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  return {
    async run({ path, sha256 }, url) {
      const { stdout } = await execa(process.execPath, [program, url, path, sha256, folder], {
        env: emulatorCredentials,
      });
      return JSON.parse(stdout) as UploadCost;
    },
  };
}
