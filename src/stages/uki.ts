/** Completes the unified kernel image: a command line that names the root by its hash. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestBytes } from '../store/digest.ts';
import { fillRootHash } from './root-hash-argument.ts';
import { inputPath, inputText, type StageRunner } from './stage.ts';

export const uki: StageRunner<'uki'> = async (context) => {
  const rootHash = inputText(context, 'verity', 'rootHash');
  const image = await readFile(inputPath(context, 'blank', 'uki'));
  const commandLine = Buffer.from(inputText(context, 'blank', 'commandLine'));
  for (const place of [image, commandLine]) fillRootHash(place, rootHash);
  const path = join(context.directory, 'basalt.efi');
  await writeFile(path, image);
  return {
    files: { uki: { path, sha256: digestBytes(image) } },
    values: { commandLine: commandLine.toString() },
  };
};
