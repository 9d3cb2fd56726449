/** `users`. */
import type { UserConfig } from './config.ts';
import { absolutePathFault, filePathFault } from './file-path.ts';
import { namedEntries } from './named-entries.ts';
import { accountShape } from './names.ts';
import type { Part } from './part.ts';
import { isWeakHash, passwordHashFault } from './password-hash.ts';
import type { Report } from './report.ts';
import { type Fault, flag, list, section, text } from './shape.ts';
import { sshKeyFault } from './ssh-key.ts';

/** A list of public keys. */
export function keysShape(whose: string) {
  return list(
    `public SSH keys that may log in as ${whose}`,
    text('a line of a .pub file, such as "ssh-ed25519 AAAA... name"', { check: sshKeyFault }),
  );
}

function keyUrlFault(url: string): Fault | undefined {
  if (/^https:\/\/[^\s/:?#@]+(:[0-9]{1,5})?([/?]\S*)?$/.test(url)) return undefined;
  return url.startsWith('http://')
    ? { reason: 'which anybody on the way could change', hint: 'use https' }
    : { reason: 'not the address of a list of keys', hint: 'such as https://example.com/keys' };
}

function githubFault(name: string): Fault | undefined {
  return /^[A-Za-z0-9](-?[A-Za-z0-9])*$/.test(name) && name.length <= 39
    ? undefined
    : { reason: 'not the name of a GitHub account', hint: 'such as octocat' };
}

function homeFault(path: string): Fault | undefined {
  return path === '/nonexistent' ? undefined : filePathFault(path);
}

const gecosFault = (gecos: string): Fault | undefined =>
  /[:\r\n]/.test(gecos)
    ? { reason: 'which has a ":" or is more than one line', hint: 'passwd(5) has no room for that' }
    : undefined;

/** The form of `users`. */
export const usersShape = list(
  'users to make or to change; one that is not here any more keeps its files and is locked',
  section(
    'a user',
    {
      name: accountShape('login name'),
      gecos: text("the person's or service's full name", { check: gecosFault }),
      passwd: text('hash of the password, as crypt(5) has them; locked when left out', {
        check: passwordHashFault,
        secret: true,
      }),
      homedir: text('home folder; /home/NAME when left out', { check: homeFault, pattern: '^/' }),
      'no-create-home': flag('whether the home folder is not made'),
      'primary-group': accountShape("the user's own group; one of the user's name when left out"),
      groups: list('further groups, such as sudo and docker', accountShape('a group')),
      'no-user-group': flag("whether no group of the user's name is made"),
      'ssh-authorized-keys': keysShape('this user'),
      'coreos-ssh-import-github': text('GitHub account whose public keys may log in', { check: githubFault }),
      'coreos-ssh-import-github-users': list(
        'GitHub accounts whose public keys may log in',
        text('a GitHub account', { check: githubFault }),
      ),
      'coreos-ssh-import-url': text('https address of a list of public keys', {
        check: keyUrlFault,
        pattern: '^https://',
      }),
      system: flag('whether it is a system user, without a home folder'),
      'no-log-init': flag('whether the user is left out of lastlog'),
      shell: text('login shell; /bin/bash when left out', { check: absolutePathFault, pattern: '^/' }),
      'lock-passwd': flag(
        'whether the password is locked, as it is without passwd; not together with passwd',
      ),
    },
    {
      required: ['name'],
      refused: {
        inactive: 'leave the user out, or give it shell: /usr/sbin/nologin',
        sudo: 'put the user into the group sudo: groups: [sudo]; finer rules go to /etc/sudoers.d with write_files',
        doas: 'put the user into the group sudo: groups: [sudo]',
        selinux_user: 'remove the key: this system has no SELinux',
        ssh_import_id:
          'for GitHub accounts write coreos-ssh-import-github; other keys go to ssh-authorized-keys',
        plain_text_passwd: 'write passwd with a hash: a password in clear text is never taken',
        hashed_passwd: 'write passwd',
        password: 'write passwd with a hash',
        uid: 'remove the key: the machine gives the next free number; fixed numbers belong to the recipe (users:)',
        gid: 'write primary-group with a name',
        expiredate: 'remove the key: accounts do not expire here',
        snapuser: 'remove the key: there are no snaps',
        create_groups: 'remove the key: missing groups are made',
        ssh_redirect_user: "give this user's keys to the other user",
        home: 'write homedir',
      },
    },
  ),
);

/** Reads them. */
export function readUsers(part: Part | undefined, report: Report): UserConfig[] {
  return namedEntries(part, report, 'the user').map(({ entry, name }) => {
    checkPassword(entry, report);
    return userOf(entry, name.text);
  });
}

function checkPassword(entry: Part, report: Report): void {
  const password = entry.get('passwd');
  if (password === undefined) return;
  if (entry.get('lock_passwd')?.flag)
    report.problem(
      password.keyPlace,
      'passwd gives a password, and lock-passwd locks it',
      'keep one of them',
    );
  if (isWeakHash(password.text))
    report.warning(
      password.place,
      'the password is hashed with MD5, which is broken quickly',
      'mkpasswd --method=yescrypt makes a better one',
    );
}

function userOf(entry: Part, name: string): UserConfig {
  const keys = entry.get('ssh_authorized_keys')?.items ?? [];
  const accounts = [
    entry.get('coreos_ssh_import_github'),
    ...(entry.get('coreos_ssh_import_github_users')?.items ?? []),
  ].flatMap((account) => (account === undefined ? [] : [account.text]));
  const url = entry.get('coreos_ssh_import_url');
  const system = entry.get('system')?.flag ?? false;
  return {
    name,
    gecos: entry.get('gecos')?.text,
    passwordHash: entry.get('passwd')?.raw,
    home: entry.get('homedir')?.text,
    createHome: !(entry.get('no_create_home')?.flag ?? system),
    primaryGroup: entry.get('primary_group')?.text,
    groups: (entry.get('groups')?.items ?? []).map((group) => group.text),
    createUserGroup: !(entry.get('no_user_group')?.flag ?? false),
    sshAuthorizedKeys: keys.map((key) => key.text.trim()),
    sshKeyUrls: [
      // As lines of authorized_keys: https://docs.github.com, "About SSH"; the API that coreos-cloudinit asked counts requests.
      ...accounts.map((account) => `https://github.com/${account}.keys`),
      ...(url === undefined ? [] : [url.text]),
    ],
    system,
    logInit: !(entry.get('no_log_init')?.flag ?? false),
    shell: entry.get('shell')?.text,
  };
}
