/** OVMF, the UEFI firmware of the tools tree. */
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Toolbox } from '../tools/toolbox.ts';
import type { Firmware } from './spec.ts';

/** Where Debian's ovmf package has its files. */
const FOLDER = '/usr/share/OVMF';

export interface FirmwareOptions {
  /** Enforces Secure Boot, with Microsoft's keys enrolled. */
  readonly secureBoot?: boolean;
}

/** Prepares firmware with fresh variables. @param variables Path of the new, writable variables file. */
export async function prepareFirmware(
  toolbox: Toolbox,
  variables: string,
  { secureBoot = false }: FirmwareOptions = {},
): Promise<Firmware> {
  const [code, template] = secureBoot
    ? ['OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.ms.fd']
    : ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'];
  await copyFile(join(toolbox.root, FOLDER, template), variables);
  await chmod(variables, 0o600);
  return { code: join(FOLDER, code), variables, ...(secureBoot && { secureBoot }) };
}
