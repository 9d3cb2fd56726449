/** Makes the dm-verity hash tree of the root image; its root hash names the image. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError, UserError } from '../errors.ts';
import { formatSize } from '../units.ts';
import { inputPath, type StageRunner } from './stage.ts';

export const verity: StageRunner<'verity'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const hashes = join(directory, 'root.verity');
  const { stdout } = await toolbox.run(
    [
      'veritysetup',
      'format',
      '/in/root.img',
      '/out/root.verity',
      `--salt=${options.salt}`,
      `--uuid=${options.uuid}`,
      '--hash=sha256',
    ],
    {
      signal,
      binds: [
        { source: inputPath(context, 'root', 'image'), target: '/in/root.img' },
        { source: directory, target: '/out', writable: true },
      ],
    },
  );
  const rootHash = /^Root hash:\s+([0-9a-f]{64})$/m.exec(stdout)?.[1];
  if (rootHash === undefined) throw new BugError(`veritysetup printed no root hash:\n${stdout}`);
  const { size } = await stat(hashes);
  if (size > options.verityBytes) {
    throw new UserError('does-not-fit', 'the verity hashes do not fit their partition', {
      seen: `the hash tree is ${formatSize(size)}`,
      needed: `at most ${formatSize(options.verityBytes)} (partitions.verity)`,
      next: ['raise partitions.verity'],
    });
  }
  return { files: { hashes }, values: { rootHash, sizeBytes: size } };
};
