/** Where a BMC is: what people write on the command line, checked. */
import { isIPv6 } from 'node:net';
import { exitCodes, UserError } from '../errors.ts';

/** A BMC's HTTPS service. */
export interface BmcAddress {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** As it is shown: `10.0.0.9`, `bmc.example:8443`, `[fd00::9]`. */
  readonly shown: string;
}

const HTTPS_PORT = 443;

/**
 * Reads `HOST`, `HOST:PORT`, `[IPv6]:PORT` or `https://HOST:PORT`.
 * @throws {UserError} for plain HTTP, for a URL with a password, and for what is no address.
 */
export function parseAddress(text: string): BmcAddress {
  if (/^http:/i.test(text))
    throw wrong(withoutLogin(text), 'https: over plain HTTP anybody on the way could read the password');
  const bare = isIPv6(text) ? `[${text}]` : text.replace(/^https:\/\//i, '');
  const url = `https://${bare}`;
  if (!URL.canParse(url) || bare === '')
    throw wrong(withoutLogin(text), 'a name or an address, such as 10.0.0.9');
  const { hostname, port, username, password, pathname, search, hash } = new URL(url);
  if (username !== '' || password !== '')
    throw wrong(
      withoutLogin(text),
      'an address without a login: use --user, and BASALT_BMC_PASSWORD or --password-file',
    );
  if (pathname !== '/' || search !== '' || hash !== '') throw wrong(text, 'an address without a path');
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = port === '' ? HTTPS_PORT : Number(port);
  return { host, port: number, shown: number === HTTPS_PORT ? hostname : `${hostname}:${number}` };
}

/** What stands before an @ may be a password. */
function withoutLogin(text: string): string {
  return text.replace(/^(\w+:\/\/)?.*@/, '$1***@');
}

function wrong(seen: string, needed: string): UserError {
  return new UserError('bmc-address-invalid', 'this address of a BMC cannot be used', {
    exitCode: exitCodes.usage,
    seen,
    needed,
  });
}
