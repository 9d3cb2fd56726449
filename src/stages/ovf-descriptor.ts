/** The OVF descriptor of the VMDK that a stage has as an input. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { guidFromDigest } from '../disk/guid.ts';
import { ovfValues } from '../formats/ovf.ts';
import { digestBytes } from '../store/digest.ts';
import { renderTemplate } from '../templating/render.ts';
import { inputNumber, inputPath, inputText, type StageContext } from './stage.ts';

/**
 * Writes the descriptor.
 * @param diskFile The VMDK's name beside it.
 */
export async function writeDescriptor(
  context: StageContext<'ova' | 'vagrant-virtualbox'>,
  to: string,
  diskFile: string,
): Promise<void> {
  const { image, version, ovf } = context.options;
  const diskUuid = inputText(context, 'vmdk', 'uuid');
  const values = ovfValues({
    image,
    version,
    diskFile,
    diskFileBytes: (await stat(inputPath(context, 'vmdk', 'vmdk'))).size,
    diskBytes: inputNumber(context, 'vmdk', 'diskBytes'),
    diskUuid,
    machineUuid: guidFromDigest(digestBytes(`basalt machine ${diskUuid}`)),
  });
  await writeFile(
    to,
    renderTemplate(await readFile(await context.fileOf(ovf), 'utf8'), values, 'machine.ovf.hbs'),
  );
}
