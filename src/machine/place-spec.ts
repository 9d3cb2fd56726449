/** Rewrites a machine's paths from the host's to those of the sandbox. */
import { resolve } from 'node:path';
import type { SandboxFiles } from './sandbox-files.ts';
import type { Content, MachineSpec } from './spec.ts';

/** Returns the same machine with every path as QEMU sees it in its sandbox, and tells `files` what to bind. */
export function placeSpec(spec: MachineSpec, files: SandboxFiles): MachineSpec {
  const readable = (path: string) => files.place(resolve(path));
  const writable = (path: string) => files.place(resolve(path), { writable: true });
  const content = <C extends Content>(entry: C): C =>
    'path' in entry ? { ...entry, path: readable(entry.path) } : entry;
  const { firmware, kernel } = spec;
  return {
    ...spec,
    ...(firmware && { firmware: { ...firmware, variables: writable(firmware.variables) } }),
    ...(kernel && {
      kernel: {
        ...kernel,
        path: readable(kernel.path),
        ...(kernel.initrd && { initrd: readable(kernel.initrd) }),
      },
    }),
    ...(spec.disks && {
      disks: spec.disks.map((disk) => ({
        ...disk,
        path: (disk.readOnly || disk.bus === 'cdrom' ? readable : writable)(disk.path),
        ...(disk.writeLog && { writeLog: writable(disk.writeLog) }),
        ...(disk.backing && { backing: { ...disk.backing, path: readable(disk.backing.path) } }),
      })),
    }),
    ...(spec.oemStrings && { oemStrings: spec.oemStrings.map(content) }),
    ...(spec.fwCfg && { fwCfg: spec.fwCfg.map(content) }),
  };
}
