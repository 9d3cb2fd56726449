/** Names of units. */
import type { Fault } from './shape.ts';

/** Types whose files systemd reads: systemd.unit(5). */
const SYSTEM_TYPES = [
  'service',
  'socket',
  'device',
  'mount',
  'automount',
  'swap',
  'target',
  'path',
  'timer',
  'slice',
  'scope',
];

/** Types of systemd-networkd, which coreos-cloudinit took for units as well. */
const NETWORK_TYPES = ['network', 'netdev', 'link'];

/** The type of a unit: what is behind its last dot. */
export function unitType(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** True for the files of systemd-networkd and udev: they lie in /etc/systemd/network and are not started. */
export function isNetworkUnit(name: string): boolean {
  return NETWORK_TYPES.includes(unitType(name));
}

/** True for `name@.service`: only its instances can be started. */
export function isTemplate(name: string): boolean {
  return /@\.[a-z]+$/.test(name);
}

/** What is wrong with the name of a unit; undefined when nothing is. */
export function unitNameFault(name: string): Fault | undefined {
  const example = 'such as hello.service';
  if (name.includes('/'))
    return { reason: 'not the name of a unit', hint: `write the name alone, ${example}` };
  if (name.length > 255) return { reason: 'longer than 255 characters', hint: 'shorten it' };
  if (!name.includes('.')) return { reason: 'which has no type', hint: `did you mean "${name}.service"?` };
  const types = [...SYSTEM_TYPES, ...NETWORK_TYPES];
  if (!types.includes(unitType(name)))
    return {
      reason: `whose type ".${unitType(name)}" does not exist`,
      hint: ['container', 'volume', 'pod', 'kube', 'image', 'build'].includes(unitType(name))
        ? `write it to /etc/containers/systemd/${name} with write_files: podman makes a service of it`
        : `types: ${types.map((type) => `.${type}`).join(', ')}`,
    };
  return /^[A-Za-z0-9:_.\\@-]+$/.test(name) && !/^[.@]/.test(name)
    ? undefined
    : { reason: 'not the name of a unit', hint: `letters, digits and ":-_.\\@", ${example}` };
}

/** What is wrong with the name of a drop-in; undefined when nothing is. */
export function dropInNameFault(name: string): Fault | undefined {
  if (!name.endsWith('.conf'))
    return {
      reason: 'which does not end in .conf, so systemd would not read it',
      hint: `did you mean "${name}.conf"?`,
    };
  return /^[A-Za-z0-9:_.\\@+-]+$/.test(name) && !name.startsWith('.') && name.length <= 255
    ? undefined
    : { reason: 'not the name of a drop-in', hint: 'such as 10-override.conf' };
}

/** The unit's name for a path, as `systemd-escape --path` gives it. */
export function escapePath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0) return '-';
  return parts
    .join('/')
    .replace(/^\.|[^A-Za-z0-9:_./]/g, (character) => hexOf(character))
    .replaceAll('/', '-');
}

function hexOf(character: string): string {
  // Names are bytes; what is not ASCII is left to systemd to compare.
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
