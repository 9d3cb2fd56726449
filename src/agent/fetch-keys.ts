/** Keys that a configuration has fetched: of GitHub accounts, and from other addresses. */
import type { UserConfig } from '../cloud-config/config.ts';
import { sshKeyFault } from '../cloud-config/ssh-key.ts';
import type { Host } from './host.ts';
import { isAddressProblem, parseHttpAddress } from './http/address.ts';
import { request } from './http/request.ts';
import { persist } from './http/retry.ts';
import { Unreadable } from './machine/unreadable.ts';
import { decodeUtf8 } from './machine/utf8.ts';
import { keysOf } from './sources/metadata.ts';

const MAXIMUM_BYTES = 256 * 1024;
const REDIRECTS = 3;
/** All addresses together: a boot waits for it. An address from DHCP may take a few seconds. */
const LIMIT_MS = 30_000;
/** With keys from an earlier time at hand. */
const KNOWN_LIMIT_MS = 5000;

/** Keys by address, and what could not be fetched. */
export interface FetchedKeys {
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly string[];
}

/** @param known Those of an earlier time, which stay when an address cannot be reached. */
export function fetchKeys(
  host: Host,
  users: readonly UserConfig[],
  known: Readonly<Record<string, readonly string[]>>,
): FetchedKeys {
  const keys: Record<string, readonly string[]> = {};
  const warnings: string[] = [];
  const startedMs = host.monotonicMs();
  for (const { name, sshKeyUrls } of users) {
    for (const url of sshKeyUrls) {
      if (keys[url] !== undefined) continue;
      const earlier = known[url];
      const endMs = startedMs + (earlier === undefined ? LIMIT_MS : KNOWN_LIMIT_MS);
      const answer = fetch(host, url, endMs);
      if ('keys' in answer) {
        keys[url] = answer.keys;
        continue;
      }
      const then = earlier === undefined ? 'none are there yet' : 'those fetched earlier stay';
      warnings.push(
        `users: ${name}: the keys of ${answer.shown} cannot be fetched, ${then}: ${answer.reason}`,
      );
      if (earlier !== undefined) keys[url] = earlier;
    }
  }
  return { keys, warnings };
}

type Answer = { readonly keys: readonly string[] } | { readonly shown: string; readonly reason: string };

function fetch(host: Host, url: string, endMs: number): Answer {
  const address = parseHttpAddress(url);
  if (isAddressProblem(address)) return { shown: url, reason: address.problem };
  try {
    const { body } = persist(host, endMs, `keys of ${address.shown}`, (timeoutMs) =>
      request(host, { address, maximumBytes: MAXIMUM_BYTES, timeoutMs, redirects: REDIRECTS }),
    );
    return keysIn(body, address.shown);
  } catch (error) {
    if (error instanceof Unreadable) return { shown: address.shown, reason: error.reason };
    throw error;
  }
}

/** Lines of keys, or the JSON that GitHub's interface and others like it give: a list of objects with a `key`. */
function keysIn(body: Uint8Array, shown: string): Answer {
  const text = decodeUtf8(body);
  if (typeof text === 'number') return { shown, reason: 'the answer is not text' };
  const keys = /^\s*[[{]/.test(text) ? keysOfJson(text) : keysOf(text);
  const good = keys.filter((key) => sshKeyFault(key) === undefined);
  return keys.length > 0 && good.length === 0
    ? { shown, reason: 'the answer has no public keys' }
    : { keys: good };
}

function keysOfJson(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    const list = Array.isArray(value) ? value : [value];
    return list.flatMap((item) => keysOf((item as { key?: unknown } | null)?.key ?? item));
  } catch {
    return [];
  }
}
