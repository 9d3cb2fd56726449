/** The engine, as an installation without questions uses it. */
import { messageOf } from '../../errors.ts';
import { listDisks } from '../disks/list.ts';
import { parseSelector, selectDisk } from '../disks/select.ts';
import { type InstallResult, install } from '../install.ts';
import { readMachine } from '../machine/read-machine.ts';
import type { Programs } from '../programs.ts';
import type { InstallSource } from '../source.ts';
import type { Engine } from './run-unattended.ts';

export interface EngineOptions {
  readonly source: InstallSource;
  readonly programs: Programs;
  /** Make an entry in the firmware. */
  readonly bootEntry: boolean;
}

export function engineOf({ source, programs, bootEntry }: EngineOptions): Engine<InstallResult> {
  return {
    async chooseDisk(text, signal) {
      const selector = parseSelector(text);
      // A path may name a disk that is never offered by itself.
      const only = selector.kind === 'path' ? { only: selector.value } : {};
      return selectDisk(await listDisks({ source, programs, signal, ...only }), selector);
    },
    install: async (request, options) =>
      install({ source, programs, bootEntry, request, machine: await readMachine(), ...options }),
    async startFromDiskNext({ bootEntry: entry }) {
      if (entry === undefined) return 'it has no entry for the disk';
      try {
        // The entry is first in the order, too; a start from the network that a person asked for once may be before it.
        await programs(['efibootmgr', '--quiet', `--bootnext=${entry}`]);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}
