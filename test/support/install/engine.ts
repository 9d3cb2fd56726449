/** The installation engine with the tools tree's programs. */
import { toolsPrograms } from '../../../src/cli/install-programs.ts';
import { type FoundDisk, findDisks } from '../../../src/install/disks/list.ts';
import type { InstallEvent } from '../../../src/install/events.ts';
import { type InstallResult, install } from '../../../src/install/install.ts';
import type { Machine } from '../../../src/install/machine.ts';
import type { Programs } from '../../../src/install/programs.ts';
import type { InstallRequest } from '../../../src/install/request.ts';
import type { InstallSource } from '../../../src/install/source.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';

/** A machine that was started by UEFI, with nothing special. */
const machine: Machine = {
  firmware: 'uefi',
  vendor: undefined,
  model: undefined,
  serial: undefined,
  processor: 'made up',
  processors: 1,
  memoryBytes: 0,
  tpm: undefined,
  secureBoot: 'off',
  cards: [],
};

export interface EngineOptions extends Partial<InstallRequest> {
  readonly source: InstallSource;
  readonly disk: string;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: InstallEvent) => void;
  /** What is between the engine and its programs. */
  readonly around?: (programs: Programs) => Programs;
  readonly bootEntry?: boolean;
  readonly firmware?: Machine['firmware'];
}

/** Installs, and keeps what was told. */
export async function installWith(
  toolbox: Toolbox,
  options: EngineOptions,
): Promise<InstallResult & { readonly events: readonly InstallEvent[] }> {
  const {
    source,
    disk,
    keepVar = false,
    cloudConfig,
    report,
    chosen,
    around = (programs) => programs,
  } = options;
  const events: InstallEvent[] = [];
  const result = await install({
    source,
    request: { disk, keepVar, cloudConfig, report, ...(chosen === undefined ? {} : { chosen }) },
    machine: { ...machine, firmware: options.firmware ?? 'uefi' },
    bootEntry: options.bootEntry ?? false,
    signal: options.signal ?? new AbortController().signal,
    programs: around(toolsPrograms(toolbox)),
    onEvent(event) {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { ...result, events };
}

/** What the engine sees on a disk. */
export async function lookAt(toolbox: Toolbox, path: string, source?: InstallSource): Promise<FoundDisk> {
  const [found] = await findDisks({
    source,
    signal: new AbortController().signal,
    programs: toolsPrograms(toolbox),
    only: path,
  });
  if (found === undefined) throw new Error(`${path} is not there`);
  return found;
}
