/** What a live system does when the server says that the machine goes on with its disk: as iPXE would, and calmly. */
import { messageOf } from '../../errors.ts';
import { findBootEntry } from '../firmware.ts';
import type { Programs } from '../programs.ts';

/**
 * Has the firmware start next what was installed on this machine's disk; a medium that stays in comes after it.
 * @returns Why not; undefined when it will.
 */
export async function startInstalledNext(
  programs: Programs,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const entry = await findBootEntry({ programs, signal });
    if (entry === undefined) return 'it has no entry of Basalt whose disk is in this machine';
    await programs(['efibootmgr', '--quiet', `--bootnext=${entry}`], { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}
