/** Addresses of http and https that a person or a server gave. They may hold tokens and passwords: never shown whole. */

/** Longer ones are cut by firmware and boot loaders anyway. */
const MAXIMUM_CHARACTERS = 2000;

/** What is wrong with an address, in words that do not repeat it; undefined when nothing is. */
export function addressFault(text: string): string | undefined {
  if (text.length > MAXIMUM_CHARACTERS)
    return `has ${text.length} characters, more than ${MAXIMUM_CHARACTERS}`;
  // URL tidies these away, and the server would be asked for something else.
  if (/[\s\p{Cc}\\]/u.test(text)) return 'has a space or a character that must be percent-encoded';
  if (!URL.canParse(text)) return 'is not an address';
  const { protocol, hostname, hash } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:')
    return `has the scheme ${protocol.slice(0, -1)}; http and https are supported`;
  if (!/^https?:\/\/[^/]/i.test(text) || hostname === '') return 'is not of the form https://host/path';
  return hash === '' ? undefined : 'ends with a #fragment, which no server gets';
}

/** For people and logs: without user, password, and the values of the query. */
export function shownAddress(text: string): string {
  if (!URL.canParse(text)) return 'an address';
  const { protocol, host, pathname, search } = new URL(text);
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}
