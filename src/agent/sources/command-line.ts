/** The kernel command line, split as the kernel does it (lib/cmdline.c, next_arg): double quotes hold spaces. */
import type { Host } from '../host.ts';

/** @returns The last value of `key=value`, as with the kernel's own parameters; undefined when there is none or an empty one. */
export function kernelArgument(host: Host, key: string): string | undefined {
  const values = splitCommandLine(host.readText('/proc/cmdline') ?? '')
    .filter((word) => word.startsWith(`${key}=`))
    .map((word) => word.slice(key.length + 1));
  return values.at(-1) || undefined;
}

/** Words without their quotes. */
export function splitCommandLine(text: string): string[] {
  const words = text.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}
