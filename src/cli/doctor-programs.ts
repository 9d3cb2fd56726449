/** The programs that `doctor` looks for. */
import type { Identity } from '../exec/identity.ts';
import { run } from '../exec/run.ts';
import type { Finding } from './finding.ts';
import { findProgram, type HostProgram, hostPrograms } from './host-packages.ts';

/** Besides those that a build needs: what brings Basalt and its npm packages. */
const OWN_PROGRAMS: readonly HostProgram[] = [
  { program: 'npm', package: 'npm', purpose: 'installs what Basalt is made of' },
  { program: 'git', package: 'git', purpose: 'fetches Basalt and its updates' },
];

/** Looks for every program, and asks each for its version. */
export async function findPrograms(identity: Identity, signal: AbortSignal): Promise<readonly Finding[]> {
  return Promise.all(
    [...OWN_PROGRAMS, ...hostPrograms(identity)].map(async (wanted): Promise<Finding> => {
      const path = await findProgram(wanted.program);
      const common = { name: wanted.program, purpose: wanted.purpose, package: wanted.package };
      return path === undefined
        ? { ...common, state: 'missing', found: 'not found' }
        : { ...common, state: 'ok', found: `${await versionOf(path, signal)}${path}` };
    }),
  );
}

/** The first number with a dot in what `--version` prints; nothing when it prints none. */
async function versionOf(path: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await run([path, '--version'], {
    signal,
    accept: Array.from({ length: 256 }, (_, code) => code),
    // npm is a Node.js script, and Node.js may be anywhere.
    env: { PATH: process.env.PATH ?? '' },
  }).catch(() => ({ stdout: '' }));
  const version = /\d+\.\d+[\w.+~-]*/.exec(stdout.split('\n')[0] ?? '')?.[0];
  return version === undefined ? '' : `${version}, `;
}
