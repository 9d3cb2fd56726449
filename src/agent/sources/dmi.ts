/** What the firmware says of the machine: SMBIOS (DSP0134), as the kernel shows it in /sys/class/dmi/id. */
import type { Host } from '../host.ts';

/** @param field A file's name in /sys/class/dmi/id, such as `sys_vendor`. */
export function dmi(host: Host, field: string): string {
  return host.readText(`/sys/class/dmi/id/${field}`)?.trim() ?? '';
}
