/** Converts the raw disk to a stream-optimised VMDK: compressed, and in the order in which VMware and VirtualBox read it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { guidFromDigest } from '../disk/guid.ts';
import { contentIdPatch } from '../formats/vmdk.ts';
import { digestBytes } from '../store/digest.ts';
import { convertFromRaw } from '../tools/qemu-img.ts';
import { patchFile } from './patch-file.ts';
import { inputDigest, inputPath, type StageRunner } from './stage.ts';

export const vmdk: StageRunner<'vmdk'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const from = inputPath(context, 'raw', 'raw');
  const to = join(directory, 'disk.vmdk');
  const diskBytes = Math.max(options.machineBytes, (await stat(from)).size);
  await convertFromRaw(toolbox, 'vmdk', { from, to, diskBytes }, signal);
  const identity = digestBytes(`basalt vmdk ${inputDigest(context, 'raw', 'raw')}`);
  await patchFile(to, async (read) => [await contentIdPatch(read, identity.slice(0, 8))]);
  return { files: { vmdk: to }, values: { diskBytes, uuid: guidFromDigest(identity) } };
};
