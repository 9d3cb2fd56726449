/** What is on a disk that was installed to, read by other programs than those that wrote it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Partition } from '../../../src/disk/partition.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import type { LoopDisk } from './loop-disk.ts';

const execute = promisify(execFile);

/** Paths of the files in a FAT file system, sorted. */
export async function filesInFat(toolbox: Toolbox, disk: LoopDisk, place: Partition): Promise<string[]> {
  const { stdout } = await toolbox.run(['mdir', '-/', '-b', '-i', `${disk.path}@@${place.firstByte}`, '::'], {
    devices: ['/dev'],
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith('/'))
    .map((line) => line.replace('::/', ''))
    .sort();
}

/** A file's content. */
export async function fileInFat(
  toolbox: Toolbox,
  disk: LoopDisk,
  place: Partition,
  path: string,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await toolbox.run(['mcopy', '-i', `${disk.path}@@${place.firstByte}`, `::${path}`, '-'], {
    devices: ['/dev'],
    onOutput: async (stdout) => {
      for await (const chunk of stdout) pieces.push(chunk as Buffer);
    },
  });
  return Buffer.concat(pieces);
}

/** SHA-256 of the beginning of a partition, read from the file behind the disk. */
export async function digestOf(disk: LoopDisk, place: Partition, sizeBytes: number): Promise<string> {
  const handle = await open(disk.file, 'r');
  try {
    const bytes = Buffer.alloc(sizeBytes);
    await handle.read(bytes, 0, sizeBytes, place.firstByte);
    return createHash('sha256').update(bytes).digest('hex');
  } finally {
    await handle.close();
  }
}

/** Mounts an ext4 file system of the disk for the time of `work`. */
async function withMounted<T>(
  disk: LoopDisk,
  place: Partition,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-mount-'));
  try {
    const options = `loop,offset=${place.firstByte},sizelimit=${place.sizeBytes}`;
    await execute('mount', ['-t', 'ext4', '-o', options, disk.path, folder]);
    try {
      return await work(folder);
    } finally {
      await execute('umount', [folder]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function writeToVar(
  disk: LoopDisk,
  place: Partition,
  path: string,
  text: string,
): Promise<void> {
  await withMounted(disk, place, async (folder) => {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  });
}

/** A file's text, mode and owner. */
export async function readFromVar(disk: LoopDisk, place: Partition, path: string) {
  return withMounted(disk, place, async (folder) => {
    const handle = await open(join(folder, path), 'r');
    try {
      const { mode, uid } = await handle.stat();
      return { text: await readFile(handle, 'utf8'), mode: mode & 0o777, uid };
    } finally {
      await handle.close();
    }
  });
}
