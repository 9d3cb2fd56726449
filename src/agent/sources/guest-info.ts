/** Reads `guestinfo.` properties of a VMware machine with its tools: `vmware-rpctool "info-get guestinfo.KEY"`. */
import { decodeBase64, encodeUtf8 } from '../../cloud-config/base64.ts';
import type { Host } from '../host.ts';
import { Unreadable } from '../machine/unreadable.ts';

export interface GuestInfo {
  /**
   * @returns Undefined when the property is not there or blank.
   * @throws {Unreadable} when the host does not tell.
   */
  text(key: string): string | undefined;
  /**
   * A property whose `.encoding` says how it is packed.
   * @throws {Unreadable} when it is not packed so.
   */
  decoded(key: string): Uint8Array | undefined;
}

/** What is packed by gzip is known by its first bytes, so these differ in name only. */
const BASE64_NAMES = ['base64', 'b64', 'gzip+base64', 'gz+base64', 'gzip+b64', 'gz+b64'];

/**
 * The first is for this alone and quick; hosts that ask guests to authenticate refuse it, but serve vmtoolsd
 * (cloud-init's documentation, "VMware", "Graceful rpctool fallback").
 */
const TOOLS: readonly (readonly [string, ...string[]])[] = [['vmware-rpctool'], ['vmtoolsd', '--cmd']];
const QUERY_TIMEOUT_MS = 10_000;

/** @returns Undefined when the image has none of the tools. */
export function guestInfo(host: Host, deadlineMs: number): GuestInfo | undefined {
  const tools = TOOLS.filter(([name]) => host.kind(`/usr/bin/${name}`) !== undefined);
  if (tools.length === 0) return undefined;
  const query = (key: string) => ask(host, tools, key, deadlineMs);
  return {
    text: (key) => query(key)?.trim(),
    decoded(key) {
      const value = query(key);
      return value === undefined
        ? undefined
        : unpack(key, value, query(`${key}.encoding`)?.trim().toLowerCase() ?? '');
    },
  };
}

function ask(
  host: Host,
  tools: readonly (readonly [string, ...string[]])[],
  key: string,
  deadlineMs: number,
): string | undefined {
  let told = '';
  for (const tool of tools) {
    const timeoutMs = Math.min(Math.max(deadlineMs - host.monotonicMs(), 1000), QUERY_TIMEOUT_MS);
    const { exitCode, stdout, stderr } = host.run([...tool, `info-get guestinfo.${key}`], { timeoutMs });
    if (exitCode === 0) return /\S/.test(stdout) ? stdout : undefined;
    told = `${stderr}${stdout}`.trim() || `exit code ${exitCode}`;
    if (/no value/i.test(told)) return undefined;
  }
  throw new Unreadable(`${tools.map(([name]) => name).join(' and ')} cannot read guestinfo.${key}: ${told}`);
}

function unpack(key: string, value: string, encoding: string): Uint8Array {
  if (encoding === '') return encodeUtf8(value);
  if (!BASE64_NAMES.includes(encoding)) {
    throw new Unreadable(`guestinfo.${key}.encoding is "${encoding}"; base64 and gzip+base64 are supported`);
  }
  const bytes = decodeBase64(value);
  if (bytes === undefined) throw new Unreadable(`guestinfo.${key} is not ${encoding}, as its encoding says`);
  return bytes;
}
