/** Where this machine's systemd looks for units, and the links that enable them: systemd.unit(5). */
import type { Host } from '../host.ts';

export const UNITS_FOLDER = '/etc/systemd/system';
export const RUNTIME_UNITS_FOLDER = '/run/systemd/system';
const GENERATED_FOLDERS = [
  '/run/systemd/generator.early',
  '/run/systemd/generator',
  '/run/systemd/generator.late',
];
const UNIT_FOLDERS = [
  UNITS_FOLDER,
  RUNTIME_UNITS_FOLDER,
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  ...GENERATED_FOLDERS,
];

/** Whether a unit is there; of an instance, its template will do. */
export function unitExists(host: Host, unit: string): boolean {
  const template = unit.replace(/@.+\./, '@.');
  return UNIT_FOLDERS.some((folder) =>
    [unit, template].some((name) => host.kind(`${folder}/${name}`) !== undefined),
  );
}

/** Every link that enables a unit: in the folders of units, and in those of targets that pull them in. */
export function enablingLinks(host: Host, folder: string): string[] {
  return host.list(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (PULLS.test(name)) return host.list(path).map((inner) => `${path}/${inner}`);
    return host.kind(path) === 'symlink' ? [path] : [];
  });
}

/** Units that generators made and that something pulls in, such as those of Quadlet files. */
export function generatedWants(host: Host): string[] {
  return GENERATED_FOLDERS.flatMap((folder) => enablingLinks(host, folder)).filter(isPull);
}

/**
 * Whether a link pulls a unit into a boot. Others give it another name, or have it start when a device appears, the
 * machine goes down or sleeps.
 */
export function isPull(link: string): boolean {
  const folder = link.split('/').at(-2) ?? '';
  return PULLS.test(folder) && !NOT_AT_BOOT.test(folder);
}

const PULLS = /\.(wants|requires|upholds)$/;
const NOT_AT_BOOT =
  /\.device\.|^(shutdown|umount|final|reboot|poweroff|halt|kexec|exit|soft-reboot|sleep|suspend|hibernate|hybrid-sleep|suspend-then-hibernate|ctrl-alt-del|rescue|emergency)\.target\./;
