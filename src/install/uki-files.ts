/** The files of UKIs in an ESP. Pure. */
import { type LayoutUki, UKI_FOLDER } from './disks/layout.ts';
import { type EspChange, UNFINISHED } from './esp/change.ts';

/** How often a new version is started before the boot loader gives up on it: as in every image. */
const TRIES = 3;

/** What a new version's UKI is called: the "Boot Loader Specification" has the count of tries in the name. */
export function newUkiPath(version: string): string {
  return `${UKI_FOLDER}/basalt_${version}+${TRIES}-0.efi`;
}

/** Where it is before it may be started. The agent's updates use the same name, and remove it when it is left. */
export function unfinishedUkiPath(version: string): string {
  return `${UKI_FOLDER}/basalt_${version}${UNFINISHED}`;
}

/**
 * Removes UKIs. The name goes first: vfat takes away a name and its clusters in any order, and a power cut must not leave
 * half a UKI where the boot loader looks.
 */
export function removalsOf(ukis: readonly Pick<LayoutUki, 'file'>[]): readonly EspChange[] {
  const path = ({ file }: Pick<LayoutUki, 'file'>) => `${UKI_FOLDER}/${file}`;
  return [
    ...ukis.map((uki): EspChange => ({ kind: 'rename', from: path(uki), to: `${path(uki)}${UNFINISHED}` })),
    ...ukis.map((uki): EspChange => ({ kind: 'remove', path: `${path(uki)}${UNFINISHED}` })),
  ];
}
