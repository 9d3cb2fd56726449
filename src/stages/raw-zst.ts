/** Compresses the raw disk, for downloads that are written to a disk as they are. */
import { join } from 'node:path';
import { compress } from '../tools/zstd.ts';
import { inputPath, type StageRunner } from './stage.ts';

export const rawZst: StageRunner<'raw.zst'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const to = join(directory, 'disk.raw.zst');
  await compress(toolbox, { from: inputPath(context, 'raw', 'raw'), to, level: options.level }, signal);
  return { files: { 'raw.zst': to } };
};
