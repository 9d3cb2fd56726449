/**
 * Makes the unified kernel image but for the root hash on its command line: kernel and initrd seldom change, and the root
 * hash does in every build.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeUki } from '../tools/ukify.ts';
import { BLANK_ROOT_HASH, rootHashArgument } from './root-hash-argument.ts';
import { inputPath, inputText, type StageRunner } from './stage.ts';

export const blankUki: StageRunner<'blank-uki'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const commandLine = [rootHashArgument(BLANK_ROOT_HASH), ...options.arguments].join(' ');
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
