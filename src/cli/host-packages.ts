/** The few programs the machine itself must have, and how to get them. */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Identity } from '../exec/identity.ts';
import { run } from '../exec/run.ts';

/** A program of the machine and the Debian package that has it. */
export interface HostProgram {
  readonly program: string;
  readonly package: string;
  readonly purpose: string;
}

/** What a build needs on the machine, besides Node.js. */
export function hostPrograms(identity: Identity): HostProgram[] {
  return [
    { program: 'mmdebstrap', package: 'mmdebstrap', purpose: 'makes the tools tree' },
    { program: 'apt-get', package: 'apt', purpose: 'serves mmdebstrap' },
    { program: 'bwrap', package: 'bubblewrap', purpose: 'runs every build tool in a sandbox' },
    { program: 'flock', package: 'util-linux', purpose: 'locks the store between builds' },
    { program: 'tar', package: 'tar', purpose: 'unpacks the tools tree' },
    ...(identity.kind === 'user'
      ? [
          { program: 'newuidmap', package: 'uidmap', purpose: 'gives an ordinary user a range of ids' },
          { program: 'unshare', package: 'util-linux', purpose: 'makes the user namespace' },
        ]
      : []),
  ];
}

/** What the tests need besides. */
export const testPrograms: readonly HostProgram[] = [
  { program: 'newuidmap', package: 'uidmap', purpose: 'lets root test builds by an ordinary user' },
  { program: 'tmux', package: 'tmux', purpose: "is the terminal of the installer's tests" },
];

/** Where a program is on the search path, or undefined. */
export async function findProgram(program: string): Promise<string | undefined> {
  const folders = [
    ...(process.env.PATH ?? '').split(':'),
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
    '/bin',
  ];
  for (const folder of folders) {
    const path = join(folder, program);
    if (
      folder !== '' &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return path;
  }
  return undefined;
}

/** The command that installs Debian packages. */
export function installCommand(packages: readonly string[], identity: Identity): string {
  return `${identity.kind === 'root' ? '' : 'sudo '}apt-get install --yes --no-install-recommends ${packages.join(' ')}`;
}

/**
 * Makes sure the machine can build: installs what is missing as root, else says the one command that does.
 * @throws {UserError}
 */
export async function prepareMachine(options: {
  readonly identity: Identity;
  readonly signal: AbortSignal;
  readonly onMessage: (text: string) => void;
  /** Programs besides those of a build. */
  readonly also?: readonly HostProgram[];
}): Promise<void> {
  const { identity, signal, also = [] } = options;
  const missing: HostProgram[] = [];
  for (const entry of [...hostPrograms(identity), ...also])
    if ((await findProgram(entry.program)) === undefined) missing.push(entry);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((entry) => entry.package))];
    if (identity.kind !== 'root' || (await findProgram('apt-get')) === undefined) {
      throw new UserError('host-programs-missing', 'programs are missing on this machine', {
        seen: missing.map((entry) => `no ${entry.program} (${entry.purpose})`).join('\n'),
        next: [`run: ${installCommand(packages, identity)}`],
      });
    }
    options.onMessage(`installing on this machine: ${packages.join(', ')}`);
    await run(['apt-get', 'update', '--quiet=2'], { signal });
    await run(['apt-get', 'install', '--yes', '--quiet=2', '--no-install-recommends', ...packages], {
      signal,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (identity.kind === 'user' && !identity.hasSubordinateIds) {
    throw new UserError(
      'subids-missing',
      'an ordinary user needs subordinate ids to install packages into a tree',
      {
        seen: `no range of 65536 ids for ${identity.name} in /etc/subuid and /etc/subgid`,
        next: [`run: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${identity.name}`],
      },
    );
  }
}
