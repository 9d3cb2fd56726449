/** How a disk is named before anyone has seen it: the same words on the kernel's command line, in files and as an option. */
import { UserError } from '../../errors.ts';
import { parseSelector } from '../disks/select.ts';

/** What is allowed, for messages. */
export const DISK_SELECTORS = 'serial:TEXT, wwn:TEXT, path:/dev/…, smallest-nvme or smallest-any';

/** What is wrong with a selector; undefined when nothing is. */
export function diskSelectorFault(text: string): string | undefined {
  try {
    parseSelector(text);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return 'names no disk';
    throw error;
  }
}
