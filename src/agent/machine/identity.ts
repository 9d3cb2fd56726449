/** What this machine, its version and this boot of it are called. */
import { parseEnvironmentFile } from '../etcd/environment.ts';
import { type Host, HostError } from '../host.ts';

/** IMAGE_ID and IMAGE_VERSION of os-release(5); empty where it has none. */
export function runningImage(host: Host): { readonly image: string; readonly version: string } {
  const values = parseEnvironmentFile(host.readText('/usr/lib/os-release') ?? '');
  return { image: values.get('IMAGE_ID') ?? '', version: values.get('IMAGE_VERSION') ?? '' };
}

/** Another with each start of the machine: random(4). */
export function bootId(host: Host): string {
  return host.readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** The host name. */
export function machineName(host: Host): string {
  return host.readText('/proc/sys/kernel/hostname')?.trim() || 'localhost';
}

/**
 * An id of this machine for others: machine-id(5) asks that the id itself is not told, so it is hashed with an id of the
 * purpose, as systemd-id128(1) does.
 * @param purpose 32 hexadecimal digits.
 * @throws {HostError} when the machine has no id.
 */
export function machineIdFor(host: Host, purpose: string): string {
  const { exitCode, stdout, stderr } = host.run(['systemd-id128', 'machine-id', `--app-specific=${purpose}`]);
  const id = stdout.trim();
  if (exitCode !== 0 || !/^[0-9a-f]{32}$/.test(id))
    throw new HostError("read the machine's id", stderr.trim() || `systemd-id128 says "${id}"`);
  return id;
}

/** Milliseconds since the kernel started. */
export function uptimeMs(host: Host): number {
  return Math.round(Number(host.readText('/proc/uptime')?.split(' ')[0] ?? 0) * 1000);
}
