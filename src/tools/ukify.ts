/** ukify: makes unified kernel images of what is bound below `/in`. */
import type { Bind } from '../exec/sandbox.ts';
import type { Toolbox } from './toolbox.ts';

export interface UkiOptions {
  /** Paths on this machine. */
  readonly linux: string;
  readonly initrd: string;
  /** A folder that gets `os-release` to read from, and the UKI. */
  readonly folder: string;
  /** Name of the UKI in the folder. */
  readonly name: string;
  readonly commandLine: string;
  readonly kernelRelease: string;
  /** Seconds since 1970, for what has a date. */
  readonly epoch: number;
}

/** Makes a UKI. The folder has the file `os-release` already. */
export async function makeUki(toolbox: Toolbox, options: UkiOptions, signal: AbortSignal): Promise<void> {
  const binds: Bind[] = [
    { source: options.linux, target: '/in/vmlinuz' },
    { source: options.initrd, target: '/in/initrd' },
    { source: options.folder, target: '/out', writable: true },
  ];
  await toolbox.run(
    [
      'ukify',
      'build',
      '--linux=/in/vmlinuz',
      '--initrd=/in/initrd',
      `--cmdline=${options.commandLine}`,
      '--os-release=@/out/os-release',
      `--uname=${options.kernelRelease}`,
      '--stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub',
      `--output=/out/${options.name}`,
    ],
    { signal, binds, env: { SOURCE_DATE_EPOCH: String(options.epoch) } },
  );
}
