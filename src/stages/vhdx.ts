/** Converts the raw disk to VHDX, for Hyper-V: only what is written takes space. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { guidFromDigest } from '../disk/guid.ts';
import { vhdxPatches } from '../formats/vhdx.ts';
import { digestBytes } from '../store/digest.ts';
import { convertFromRaw } from '../tools/qemu-img.ts';
import { patchFile } from './patch-file.ts';
import { inputDigest, inputPath, type StageRunner } from './stage.ts';

export const vhdx: StageRunner<'vhdx'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const from = inputPath(context, 'raw', 'raw');
  const to = join(directory, 'disk.vhdx');
  const diskBytes = Math.max(options.machineBytes, (await stat(from)).size);
  await convertFromRaw(toolbox, 'vhdx', { from, to, diskBytes }, signal);
  const guid = (use: string) =>
    guidFromDigest(digestBytes(`basalt vhdx ${use} ${inputDigest(context, 'raw', 'raw')}`));
  await patchFile(to, (read) =>
    vhdxPatches(read, { fileWrite: guid('file write'), dataWrite: guid('data write'), disk: guid('disk') }),
  );
  return { files: { vhdx: to } };
};
