/** Converts the raw disk to QCOW2: only what is written takes space, for hypervisors and uploads. */
import { join } from 'node:path';
import { inputPath, type StageRunner } from './stage.ts';

export const qcow2: StageRunner<'qcow2'> = async (context) => {
  const { directory, toolbox, signal } = context;
  // Not synced (-t unsafe): the store verifies by digest.
  await toolbox.run(
    ['qemu-img', 'convert', '-t', 'unsafe', '-f', 'raw', '-O', 'qcow2', '/in/disk.raw', '/out/disk.qcow2'],
    {
      signal,
      binds: [
        { source: inputPath(context, 'disk', 'raw'), target: '/in/disk.raw' },
        { source: directory, target: '/out', writable: true },
      ],
    },
  );
  return { files: { qcow2: join(directory, 'disk.qcow2') } };
};
