/** An update repository's address: metadata/ and targets/ lie below it. */
import { type HttpAddress, isAddressProblem, parseHttpAddress } from '../../http/address.ts';
import { UpdateFailure } from '../failure.ts';

export interface Server {
  /** Without credentials. */
  readonly shown: string;
  metadata(file: string): HttpAddress;
  /** Where a target lies in a repository with consistent snapshots (TUF specification, section 6.2). */
  target(path: string, sha256: string): HttpAddress;
}

/** @param text Such as `https://updates.example.com/basalt`. @throws {UpdateFailure} */
export function serverAt(text: string): Server {
  const base = text.replace(/\/+$/, '');
  const address = parseHttpAddress(base);
  const next = 'mend update.server of the configuration, or SERVER in /etc/basalt/update.conf';
  if (isAddressProblem(address))
    throw new UpdateFailure(`the address of the update server: ${address.problem}`, { next });
  if (base.includes('?')) {
    throw new UpdateFailure('the address of the update server has a query (?…), and files lie below it', {
      next,
    });
  }
  const below = (path: string): HttpAddress => {
    const result = parseHttpAddress(`${base}/${path}`);
    if (isAddressProblem(result)) throw new UpdateFailure(`${address.shown}/${path}: ${result.problem}`);
    return result;
  };
  return {
    shown: address.shown,
    metadata: (file) => below(`metadata/${file}`),
    target: (path, sha256) => below(`targets/${encoded(path, sha256)}`),
  };
}

/** RFC 3986, section 3.3; curl takes dots out of a path, so they are refused. */
function encoded(path: string, sha256: string): string {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new UpdateFailure(`${JSON.stringify(path)} cannot be the path of a target`);
  }
  const name = segments.pop() ?? '';
  return [...segments, `${sha256}.${name}`].map(encodeURIComponent).join('/');
}
