/** What platforms say of a machine, brought into one form. */
import type { Host } from '../host.ts';
import type { Metadata, SourceName } from './source.ts';

export const noMetadata: Metadata = { sshAuthorizedKeys: [], addresses: {} };

/** Whether there is nothing in it. */
export function saysNothing({ hostname, sshAuthorizedKeys, addresses }: Metadata): boolean {
  return (
    hostname === undefined &&
    sshAuthorizedKeys.length === 0 &&
    Object.values(addresses).every((address) => address === undefined)
  );
}

/** HOST_NAME_MAX of Linux: gethostname(2). */
const HOSTNAME_MAXIMUM = 64;

/**
 * A hostname that the machine can have (RFC 1123, section 2.1); of one that is too long, the first label.
 * @returns Undefined, with a warning, for what is none: a platform's odd word should not stop a machine.
 */
export function hostnameFrom(host: Host, source: SourceName, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = String(value).trim().replace(/\.$/, '');
  const labels = text.split('.');
  const name = text.length > HOSTNAME_MAXIMUM ? (labels[0] ?? '') : text;
  if (labels.every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))) return name;
  host.log(
    'warning',
    `${source}: the hostname ${JSON.stringify(text.slice(0, 80))} is passed over: it is none`,
  );
  return undefined;
}

/** Lines of authorized_keys (sshd(8)): blank ones, comments and repetitions are left out. */
export function keysIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
}

/**
 * Public keys in the shapes that metadata has them: a text, a list of texts, a map from names to texts or lists, and
 * the map of EC2's crawled tree (`0: {openssh-key: …}`). Anything else is no key.
 */
export function keysOf(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return keysIn(value);
  if (typeof value !== 'object' || value === null || depth > KEYS_DEPTH) return [];
  return [...new Set(Object.values(value).flatMap((each) => keysOf(each, depth + 1)))];
}

/** Of the map of EC2's crawled tree, which is the deepest shape. Deeper ones are somebody's try at the stack. */
const KEYS_DEPTH = 2;
