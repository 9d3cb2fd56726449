/** An ordinary user with subordinate ids, made for a test and removed after it. Takes root. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface OrdinaryUser {
  readonly name: string;
  /** Runs the command given to it as this user, with a mask, a time zone and a language of its own. */
  readonly wrapper: readonly string[];
  /** A folder that belongs to the user. */
  readonly home: string;
  /** Gives files to the user. */
  own(path: string): void;
  remove(): void;
}

/** Far above what machines give to their own users. */
const FIRST_SUBORDINATE_ID = 1_500_000_000;
const SUBORDINATE_IDS = 65_536;

/** @param folder Gets the user's home. */
export async function makeOrdinaryUser(folder: string): Promise<OrdinaryUser> {
  removeForgottenUsers();
  const name = `basalt-t${process.pid}`;
  const home = join(folder, 'home');
  await mkdir(home);
  await chmod(folder, 0o755);
  execFileSync('useradd', [
    '--no-create-home',
    '--home-dir',
    home,
    '--shell',
    '/bin/sh',
    '--user-group',
    name,
  ]);
  if (
    !readFileSync('/etc/subuid', 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`))
  ) {
    const range = `${FIRST_SUBORDINATE_ID}-${FIRST_SUBORDINATE_ID + SUBORDINATE_IDS - 1}`;
    execFileSync('usermod', ['--add-subuids', range, '--add-subgids', range, name]);
  }
  const own = (path: string) => void execFileSync('chown', ['--recursive', `${name}:${name}`, path]);
  own(home);
  const environment = [
    `HOME=${home}`,
    'PATH=/usr/local/bin:/usr/bin:/bin',
    'TZ=Pacific/Kiritimati',
    'LANG=tr_TR.UTF-8',
  ];
  return {
    name,
    home,
    wrapper: [
      ...['setpriv', '--reuid', name, '--regid', name, '--init-groups', '--'],
      ...['env', '--ignore-environment', ...environment],
      ...['sh', '-c', 'umask 077; exec "$@"', 'sh'],
    ],
    own,
    remove: () => void execFileSync('userdel', [name]),
  };
}

/** Users of tests that were killed. */
function removeForgottenUsers(): void {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name = '', pid] = /^basalt-t(\d+)(?=:)/.exec(line) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) execFileSync('userdel', [name]);
  }
}

/** Whether somebody who is not root can run a program and read files there. */
export function isOpenToAll(path: string): boolean {
  try {
    execFileSync('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--', 'ls', path], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
