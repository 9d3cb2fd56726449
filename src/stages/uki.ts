/** Makes the unified kernel image: kernel, initrd and a command line that names the root by its hash. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeUki } from '../tools/ukify.ts';
import { inputPath, inputText, type StageRunner } from './stage.ts';

export const uki: StageRunner<'uki'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const rootHash = inputText(context, 'verity', 'rootHash');
  const commandLine = [`roothash=${rootHash}`, ...options.arguments].join(' ');
  await writeFile(join(directory, 'os-release'), options.osRelease);
  await makeUki(
    toolbox,
    {
      linux: inputPath(context, 'kernel', 'vmlinuz'),
      initrd: inputPath(context, 'initrd', 'initrd'),
      folder: directory,
      name: 'basalt.efi',
      commandLine,
      kernelRelease: inputText(context, 'kernel', 'release'),
      epoch: options.epoch,
    },
    signal,
  );
  return { files: { uki: join(directory, 'basalt.efi') }, values: { commandLine } };
};
