/** Packs the VMDK with a description of its machine: what VMware and VirtualBox import as an appliance. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ovfManifest } from '../formats/ovf.ts';
import { digestFile } from '../store/digest.ts';
import { packTar } from '../tools/tar.ts';
import { writeDescriptor } from './ovf-descriptor.ts';
import { inputDigest, inputPath, type StageRunner } from './stage.ts';

export const ova: StageRunner<'ova'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const name = `${options.image}_${options.version}`;
  const disk = inputPath(context, 'vmdk', 'vmdk');
  const files = { descriptor: `${name}.ovf`, manifest: `${name}.mf`, disk: `${name}.vmdk` };
  const descriptor = join(directory, files.descriptor);
  await writeDescriptor(context, descriptor, files.disk);
  const manifest = join(directory, files.manifest);
  await writeFile(
    manifest,
    ovfManifest([
      { file: files.descriptor, sha256: await digestFile(descriptor) },
      { file: files.disk, sha256: inputDigest(context, 'vmdk', 'vmdk') },
    ]),
  );
  const to = join(directory, 'machine.ova');
  // In the order that a reader of a stream needs (DSP0243 1.1, section 5.3): descriptor, manifest, files.
  const entries = [
    { name: files.descriptor, source: descriptor },
    { name: files.manifest, source: manifest },
    { name: files.disk, source: disk },
  ];
  await packTar(toolbox, { entries, to }, { format: 'ustar', epoch: options.epoch }, signal);
  return { files: { ova: to } };
};
