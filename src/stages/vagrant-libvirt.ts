/**
 * Packs the QCOW2 image as a Vagrant box for libvirt. Not compressed: what is in the image is compressed already, and gzip
 * would take a percent off in ten times the time.
 */
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { qcow2DiskBytes } from '../formats/qcow2.ts';
import { libvirtMetadata } from '../formats/vagrant-box.ts';
import { packTar } from '../tools/tar.ts';
import { inputPath, type StageRunner } from './stage.ts';

export const vagrantLibvirt: StageRunner<'vagrant-libvirt'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const image = inputPath(context, 'qcow2', 'qcow2');
  const metadata = join(directory, 'metadata.json');
  await writeFile(metadata, libvirtMetadata(await diskBytesOf(image)));
  const to = join(directory, 'libvirt.box');
  const entries = [
    { name: 'metadata.json', source: metadata },
    { name: 'Vagrantfile', source: await context.fileOf(options.vagrantfile) },
    { name: 'box.img', source: image },
  ];
  await packTar(toolbox, { entries, to }, { format: 'ustar', epoch: options.epoch }, signal);
  return { files: { 'vagrant-libvirt': to } };
};

async function diskBytesOf(path: string): Promise<number> {
  const handle = await open(path);
  try {
    return await qcow2DiskBytes(
      async (offset, length) => (await handle.read(Buffer.alloc(length), 0, length, offset)).buffer,
    );
  } finally {
    await handle.close();
  }
}
