/** Makes a fixed VHD of the raw disk, as Azure takes it: the disk, grown to whole MiB, and a footer. */
import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { guidFromDigest } from '../disk/guid.ts';
import { vhdDiskBytes, vhdFooter } from '../formats/vhd.ts';
import { digestBytes } from '../store/digest.ts';
import { growCopy } from '../tools/grow-copy.ts';
import { inputDigest, inputPath, type StageRunner } from './stage.ts';

export const vhd: StageRunner<'vhd'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const from = inputPath(context, 'raw', 'raw');
  const to = join(directory, 'disk.vhd');
  const diskBytes = vhdDiskBytes(Math.max(options.machineBytes, (await stat(from)).size));
  await growCopy(toolbox, { from, to, sizeBytes: diskBytes }, signal);
  const uuid = guidFromDigest(digestBytes(`basalt vhd ${inputDigest(context, 'raw', 'raw')}`));
  await appendFile(to, vhdFooter({ diskBytes, epoch: options.epoch, uuid }));
  return { files: { vhd: to } };
};
