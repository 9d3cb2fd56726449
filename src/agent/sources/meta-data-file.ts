/** The file `meta-data` of NoCloud and the property `guestinfo.metadata`: YAML, or JSON, with keys as EC2 calls them. */
import { readDocument } from '../../yaml/document.ts';
import type { Host } from '../host.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { hostnameFrom, keysOf } from './metadata.ts';
import type { Metadata, SourceName } from './source.ts';

/**
 * @param what Such as `meta-data`, for the error.
 * @throws {Unreadable} when it is no YAML, or no map.
 */
export function readMetaData(host: Host, source: SourceName, what: string, text: string): Metadata {
  const { value, problems } = readDocument(what, 'meta-data', text);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new Unreadable(`${what}, line ${problem.line}, column ${problem.column}: ${problem.message}`);
  }
  if (value === null || value === undefined) return { sshAuthorizedKeys: [], addresses: {} };
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Unreadable(`${what} is not a map of keys and values`);
  const keys = value as Readonly<Record<string, unknown>>;
  return {
    hostname: hostnameFrom(host, source, keys['local-hostname'] ?? keys.hostname),
    sshAuthorizedKeys: keysOf(keys['public-keys'] ?? keys['public-keys-data']),
    addresses: {},
  };
}
