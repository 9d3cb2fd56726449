/** Makes and changes users, with the programs of Debian's passwd package. */
import { type Host, HostError } from '../host.ts';
import { describeChange, type UserChange } from '../plan/changes.ts';

/** useradd(8) waits for other programs' locks, and copies a skeleton. */
const TIMEOUT_MS = 60_000;

/** @throws {HostError} */
export function changeUser(host: Host, change: UserChange): void {
  const { exitCode, stderr } = host.run(commandFor(change), {
    timeoutMs: TIMEOUT_MS,
    // On stdin, since arguments can be seen by everybody.
    ...(change.kind === 'set-password' && isHash(change.hash)
      ? { input: `${change.name}:${change.hash}\n` }
      : {}),
  });
  if (exitCode !== 0) {
    throw new HostError(
      describeChange(change),
      stderr.trim().replaceAll('\n', '; ') || `exit code ${exitCode}`,
    );
  }
}

/** The command of a change; a hash is not in it. Pure. */
export function commandFor(change: UserChange): readonly [string, ...string[]] {
  const { name } = change;
  switch (change.kind) {
    case 'add-group':
      return ['groupadd', '--system', '--', name];
    case 'add-user':
      return ['useradd', ...change.options, '--', name];
    case 'change-user':
      return ['usermod', ...change.options, '--', name];
    case 'set-password':
      return isHash(change.hash)
        ? ['chpasswd', '--encrypted']
        : ['usermod', '--password', change.hash, '--', name];
    case 'leave-group':
      return ['gpasswd', '--delete', name, change.group];
    case 'lock':
      // The date closes the way of keys as well: sshd asks PAM, which asks shadow(5).
      return ['usermod', '--lock', '--expiredate', '1', '--', name];
    case 'unlock':
      return ['usermod', '--expiredate', '', '--', name];
  }
}

/** A password, rather than a sign that there is none. */
function isHash(hash: string): boolean {
  return !/^[!*]/.test(hash);
}
