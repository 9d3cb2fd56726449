/**
 * Links on the way to a file. The agent is root and writes below folders that users own; a user who puts a link in the
 * place of a folder must not choose where root writes. systemd-tmpfiles(8) refuses such ways too.
 */
import { type Host, HostError } from '../host.ts';

/** As many as the kernel follows: path_resolution(7). */
const MAXIMUM_LINKS = 40;

/**
 * The first link on the way to a path that somebody other than root could have put there. Links that are root's in
 * folders that only root writes are followed, such as /home of the image, and /var/run.
 */
export function foreignLink(host: Host, path: string): string | undefined {
  const rest = namesOf(path).slice(0, -1);
  let at = '';
  let rootsAlone = isRootsAlone(host, '/');
  let followed = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const next = `${at}/${name}`;
    const target = host.readLink(next);
    if (target === undefined) {
      if (host.kind(next) === undefined) return undefined;
      rootsAlone &&= isRootsAlone(host, next);
      at = next;
      continue;
    }
    followed++;
    if (!rootsAlone || host.status(next)?.uid !== 0 || followed > MAXIMUM_LINKS) return next;
    if (target.startsWith('/')) {
      at = '';
      rootsAlone = isRootsAlone(host, '/');
    }
    rest.unshift(...namesOf(target));
  }
  return undefined;
}

/**
 * @param doing Such as `write`.
 * @throws {HostError} when there is a {@link foreignLink}.
 */
export function refuseForeignLink(host: Host, doing: string, path: string): void {
  const link = foreignLink(host, path);
  if (link !== undefined) throw new HostError(`${doing} ${path}`, foreignLinkText(host, link));
}

/** What is wrong with a {@link foreignLink}. */
export function foreignLinkText(host: Host, link: string): string {
  const target = host.readLink(link) ?? '';
  return `${link} is a link to ${target}, in a folder that not only root writes: root does not follow it`;
}

function isRootsAlone(host: Host, folder: string): boolean {
  const status = host.status(folder);
  return status !== undefined && status.uid === 0 && (status.mode & 0o022) === 0;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
