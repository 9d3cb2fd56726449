/** Makes the whole live system one UKI: for UEFI HTTP boot, and for the ISO. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeUki } from '../tools/ukify.ts';
import { inputPath, inputText, type StageRunner } from './stage.ts';

export const liveUki: StageRunner<'live-uki'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  await writeFile(join(directory, 'os-release'), options.osRelease);
  await makeUki(
    toolbox,
    {
      linux: inputPath(context, 'kernel', 'vmlinuz'),
      initrd: inputPath(context, 'pxe', 'pxe'),
      folder: directory,
      name: 'live.efi',
      commandLine: inputText(context, 'pxe', 'commandLine'),
      kernelRelease: inputText(context, 'kernel', 'release'),
      epoch: options.epoch,
    },
    signal,
  );
  return { files: { 'live-uki': join(directory, 'live.efi') } };
};
