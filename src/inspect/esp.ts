/** The UKIs in an EFI system partition. */
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { digestFile } from '../store/digest.ts';
import { copyOut, type FatPlace, listFolder } from '../tools/mtools.ts';
import { type BootEntryName, parseEntryName } from './boot-entry.ts';
import { withFile } from './file-reader.ts';
import { readUki, type Uki } from './uki.ts';
import { type Workshop, withFolder } from './workshop.ts';

/** A UKI as the boot loader finds it. */
export interface EspUki extends BootEntryName {
  /** Its name in `/EFI/Linux`. */
  readonly file: string;
  readonly sha256: string;
  /** Undefined when it cannot be read: see `problem`. */
  readonly uki: Uki | undefined;
  readonly problem: string | undefined;
}

/** Where type #2 entries are: the UAPI Group's "Boot Loader Specification". */
const UKI_FOLDER = '/EFI/Linux';

/** Reads every UKI of an ESP, in the order of their names. */
export async function readEsp(workshop: Workshop, place: FatPlace): Promise<readonly EspUki[]> {
  const toolbox = await workshop.toolbox();
  const names = (await listFolder(toolbox, place, UKI_FOLDER, workshop.signal)) ?? [];
  const ukis: EspUki[] = [];
  for (const file of names.filter((name) => /\.efi$/i.test(name)).sort()) {
    ukis.push(
      await withFolder(workshop, async (folder) => {
        const target = { folder, name: 'uki.efi' };
        await copyOut(toolbox, place, `${UKI_FOLDER}/${file}`, target, workshop.signal);
        return describe(join(folder, target.name), file, workshop.signal);
      }),
    );
  }
  return ukis;
}

async function describe(path: string, file: string, signal: AbortSignal): Promise<EspUki> {
  const known = { ...parseEntryName(file), file, sha256: await digestFile(path, signal) };
  try {
    const uki = await withFile(path, ({ read, sizeBytes }) => readUki(read, sizeBytes, file));
    return { ...known, uki, problem: undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...known, uki: undefined, problem: [error.message, error.seen].filter(Boolean).join(': ') };
  }
}
