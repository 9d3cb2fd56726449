/** cp and truncate: a copy of a file with holes that ends further on. */
import { basename, dirname } from 'node:path';
import type { Toolbox } from './toolbox.ts';

/**
 * Copies a file. Holes stay holes, zeros become holes, and what is behind the end of the original is one.
 * @param file.to A path whose folder exists.
 * @param file.sizeBytes Not less than the size of the original.
 */
export async function growCopy(
  toolbox: Toolbox,
  file: { readonly from: string; readonly to: string; readonly sizeBytes: number },
  signal: AbortSignal,
): Promise<void> {
  const script = `
    cp --sparse=always --reflink=auto --no-preserve=mode /in/file "/out/$NAME"
    exec truncate --size="$SIZE_BYTES" "/out/$NAME"`;
  await toolbox.run(['sh', '-euc', script], {
    tool: 'cp',
    signal,
    binds: [
      { source: file.from, target: '/in/file' },
      { source: dirname(file.to), target: '/out', writable: true },
    ],
    env: { NAME: basename(file.to), SIZE_BYTES: String(file.sizeBytes) },
  });
}
