/** Where the agent keeps what programs write for it. User data holds secrets: nobody but root may look in. */
import { type Host, HostError } from '../host.ts';

const FOLDER = '/run/basalt/scratch';

/**
 * Runs `use` with the path of a file or folder of that name, which does not exist yet, and removes it afterwards.
 * @throws {HostError} when the folder cannot be made.
 */
export function withScratch<T>(host: Host, name: string, use: (path: string) => T): T {
  makeScratchFolder(host);
  const path = `${FOLDER}/${name}`;
  host.remove(path);
  try {
    return use(path);
  } finally {
    host.remove(path);
  }
}

/**
 * Runs `use` with paths, as programs see them, of files with these contents, by their names; removes them afterwards.
 * @throws {HostError} when they cannot be written.
 */
export function withScratchFiles<T, Name extends string>(
  host: Host,
  contents: Readonly<Record<Name, Uint8Array>>,
  use: (paths: Readonly<Record<Name, string>>) => T,
): T {
  const names = Object.keys(contents) as Name[];
  const pathOf = (name: Name) => `${FOLDER}/${name}`;
  try {
    makeScratchFolder(host);
    for (const name of names) host.writeFile(pathOf(name), contents[name], { mode: 0o600, flush: false });
    return use(
      Object.fromEntries(names.map((name) => [name, onMachine(host, pathOf(name))])) as Record<Name, string>,
    );
  } finally {
    for (const name of names) host.remove(pathOf(name));
  }
}

function makeScratchFolder(host: Host): void {
  const made = host.run(['mkdir', '-p', '-m', '0700', '--', onMachine(host, FOLDER)]);
  if (made.exitCode !== 0) throw new HostError(`make ${FOLDER}`, made.stderr.trim());
}

/** A path as programs see it: they do not know of the host's root folder. */
export function onMachine(host: Host, path: string): string {
  return host.root === '/' ? path : `${host.root}${path}`;
}
