/** Addresses of http and https (RFC 3986), read strictly: QuickJS has no URL class, and curl accepts far more than an address. */

export interface HttpAddress {
  readonly scheme: 'http' | 'https';
  /** A name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string;
  /** As it was given, for curl. May hold credentials: never logged. */
  readonly text: string;
  /** For people and logs: without user, password, and the values of the query. */
  readonly shown: string;
}

export interface AddressProblem {
  readonly problem: string;
}

/** Longer ones are cut by firmware, boot loaders and the kernel command line anyway. */
const MAXIMUM_CHARACTERS = 2000;

/** Scheme, user information, host, port, path with query, fragment. */
const PARTS =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?(\[[^\]/?#@]*\]|[^:/?#@[\]]*)(?::([0-9]*))?([/?][^#]*)?(#.*)?$/i;

/** RFC 3986, section 2: unreserved, reserved, and percent-encoded. */
const CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;

/** @returns What is wrong, in words that do not repeat the address, since it may hold a password. */
export function parseHttpAddress(text: string): HttpAddress | AddressProblem {
  if (text.length > MAXIMUM_CHARACTERS) {
    return {
      problem: `the address has ${text.length} characters; at most ${MAXIMUM_CHARACTERS} are accepted`,
    };
  }
  if (!CHARACTERS.test(text)) {
    return { problem: 'the address has a character that an address cannot have: percent-encode it' };
  }
  const parts = PARTS.exec(text);
  if (parts === null) return { problem: 'not an address of the form https://host/path' };
  const [, scheme = '', , host = '', port, rest = '', fragment] = parts;
  const kind = scheme.toLowerCase();
  if (kind !== 'http' && kind !== 'https') {
    return { problem: `the scheme is ${scheme}; http and https are supported` };
  }
  if (fragment !== undefined)
    return { problem: 'the address ends with a #fragment, which no server gets: remove it' };
  if (port !== undefined && !isPort(port))
    return { problem: `the port is "${port}", not a number from 1 to 65535` };
  const wrong = host.startsWith('[') ? ipv6Problem(host.slice(1, -1)) : nameProblem(host);
  if (wrong !== undefined) return { problem: wrong };

  const path = rest.split('?')[0] ?? '';
  const shown = `${kind}://${host}${port === undefined ? '' : `:${port}`}${path}${rest.includes('?') ? '?…' : ''}`;
  return { scheme: kind, host, text, shown };
}

/** Whether {@link parseHttpAddress} found something wrong. */
export function isAddressProblem(result: HttpAddress | AddressProblem): result is AddressProblem {
  return 'problem' in result;
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** RFC 1123, section 2.1; underscores are accepted, since private zones have them. */
function nameProblem(host: string): string | undefined {
  if (host === '') return 'the address has no host';
  const labels = host.replace(/\.$/, '').split('.');
  if (
    host.length > 253 ||
    !labels.every((label) => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
  ) {
    return `${host} is not a host name`;
  }
  // What ends in a number is an IPv4 address or a mistake; curl would read 127.1 and 0x7f000001 as one.
  if (/^(?:[0-9]+|0[xX][0-9A-Fa-f]*)$/.test(labels.at(-1) ?? '') && !isIpv4(host)) {
    return `${host} is not an IPv4 address`;
  }
  return undefined;
}

/** Four decimal numbers without leading zeros. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  );
}

function ipv6Problem(text: string): string | undefined {
  return isIpv6(text) ? undefined : `[${text}] is not an IPv6 address`;
}

/** RFC 4291, section 2.2, with an IPv4 address at the end or without; no zone. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1);
  const embedded = last?.includes('.') === true && !text.endsWith('::');
  if (embedded && !isIpv4(last)) return false;
  const plain = embedded ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  const count = plain.length + (embedded ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}
