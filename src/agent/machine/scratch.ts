/** Where the agent keeps what programs write for it. User data holds secrets: nobody but root may look in. */
import { type Host, HostError } from '../host.ts';

const FOLDER = '/run/basalt/scratch';

/**
 * Runs `use` with the path of a file or folder of that name, which does not exist yet, and removes it afterwards.
 * @throws {HostError} when the folder cannot be made.
 */
export function withScratch<T>(host: Host, name: string, use: (path: string) => T): T {
  const made = host.run(['mkdir', '-p', '-m', '0700', '--', onMachine(host, FOLDER)]);
  if (made.exitCode !== 0) throw new HostError(`make ${FOLDER}`, made.stderr.trim());
  const path = `${FOLDER}/${name}`;
  host.remove(path);
  try {
    return use(path);
  } finally {
    host.remove(path);
  }
}

/** A path as programs see it: they do not know of the host's root folder. */
export function onMachine(host: Host, path: string): string {
  return host.root === '/' ? path : `${host.root}${path}`;
}
