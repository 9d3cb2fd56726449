/** Packs the VMDK as a Vagrant box for VirtualBox: the files of an OVA, and Vagrant's own. Not compressed: the VMDK is. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { virtualboxMetadata } from '../formats/vagrant-box.ts';
import { packTar } from '../tools/tar.ts';
import { writeDescriptor } from './ovf-descriptor.ts';
import { inputPath, type StageRunner } from './stage.ts';

const DISK = 'box-disk001.vmdk';

export const vagrantVirtualbox: StageRunner<'vagrant-virtualbox'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const metadata = join(directory, 'metadata.json');
  await writeFile(metadata, virtualboxMetadata());
  // The name that Vagrant looks for.
  const descriptor = join(directory, 'box.ovf');
  await writeDescriptor(context, descriptor, DISK);
  const to = join(directory, 'virtualbox.box');
  const entries = [
    { name: 'metadata.json', source: metadata },
    { name: 'Vagrantfile', source: await context.fileOf(options.vagrantfile) },
    { name: 'box.ovf', source: descriptor },
    { name: DISK, source: inputPath(context, 'vmdk', 'vmdk') },
  ];
  await packTar(toolbox, { entries, to }, { format: 'ustar', epoch: options.epoch }, signal);
  return { files: { 'vagrant-virtualbox': to } };
};
