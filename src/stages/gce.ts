/**
 * Packs the raw disk as Google Compute Engine imports it: a tar of GNU's old format, packed by gzip, with one file named
 * disk.raw whose size is a multiple of 1 GiB.
 * @see https://cloud.google.com/compute/docs/import/import-existing-image#requirements
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { growCopy } from '../tools/grow-copy.ts';
import { packTar } from '../tools/tar.ts';
import { alignUp, GIB } from '../units.ts';
import { inputPath, type StageRunner } from './stage.ts';

export const gce: StageRunner<'gce'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const from = inputPath(context, 'raw', 'raw');
  const grown = join(directory, 'disk.raw');
  const to = join(directory, 'disk.tar.gz');
  const sizeBytes = alignUp(Math.max(options.machineBytes, (await stat(from)).size), GIB);
  await growCopy(toolbox, { from, to: grown, sizeBytes }, signal);
  await packTar(
    toolbox,
    { entries: [{ name: 'disk.raw', source: grown }], to },
    { format: 'oldgnu', epoch: options.epoch, gzip: true, sparse: true },
    signal,
  );
  return { files: { gce: to } };
};
