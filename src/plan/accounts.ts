/** A recipe's users, as sysusers.d(5) and tmpfiles.d(5) lines for systemd's own programs. */
import type { Recipe, UserEntry } from '../recipe/recipe.ts';

/** sysusers.d lines that make the users, their groups and memberships. */
export function sysusersLines(users: readonly UserEntry[]): string {
  const lines = users.flatMap((user) => {
    const group = user.group ?? user.name;
    const id = user.uid === undefined ? '-' : group === user.name ? String(user.uid) : `${user.uid}:${group}`;
    return [
      ...(group === user.name ? [] : [`g ${group} -`]),
      `u ${user.name} ${id} ${quoted(user.description)} ${user.home} ${user.shell}`,
      ...user.groups.flatMap((name) => [`g ${name} -`, `m ${user.name} ${name}`]),
    ];
  });
  return `# The recipe's users. Written by Basalt.\n${[...new Set(lines)].join('\n')}\n`;
}

/** Numbers that a recipe gives to accounts, by name in order: those of its users, and of packages' accounts. */
export function chosenIds({
  users,
  accountIds,
}: Pick<Recipe, 'users' | 'accountIds'>): Record<string, number> {
  const ofUsers = users.flatMap(({ name, uid }): [string, number][] =>
    uid === undefined ? [] : [[name, uid]],
  );
  const byName = { ...Object.fromEntries(ofUsers), ...accountIds };
  return Object.fromEntries(Object.entries(byName).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** tmpfiles.d lines that make the users' homes on each machine, with their authorized keys. */
export function homeLines(users: readonly UserEntry[]): string {
  const lines = users.flatMap((user) => {
    const group = user.group ?? user.name;
    const home = user.home.replace(/^\/home\//, '/var/home/').replace(/^\/root(?=$|\/)/, '/var/roothome');
    const keys = user.sshAuthorizedKeys.map((key) => `${key}\\n`).join('');
    // Keys can come as a systemd credential (systemd.system-credentials(7) has the same for root).
    const credentialLine = `f^ ${home}/.ssh/authorized_keys 0600 ${user.name} ${group} - ssh.authorized_keys.${user.name}`;
    return [
      `d ${home} 0700 ${user.name} ${group} -`,
      `C ${home}/.bashrc 0644 ${user.name} ${group} - /etc/skel/.bashrc`,
      `C ${home}/.profile 0644 ${user.name} ${group} - /etc/skel/.profile`,
      `d ${home}/.ssh 0700 ${user.name} ${group} -`,
      ...(keys === ''
        ? [credentialLine]
        : [`f ${home}/.ssh/authorized_keys 0600 ${user.name} ${group} - ${keys.replaceAll('%', '%%')}`]),
    ];
  });
  return `# Homes of the recipe's users. Written by Basalt.\n${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
