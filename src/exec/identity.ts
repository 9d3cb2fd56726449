/**
 * Who runs the build. Root uses its own ids; an ordinary user needs a range of subordinate ids, since a
 * Debian tree has files of several owners (subuid(5), newuidmap(1)).
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

export type Identity =
  | { readonly kind: 'root' }
  | {
      readonly kind: 'user';
      readonly name: string;
      /** Whether subordinate user and group ids are set up for this user. */
      readonly hasSubordinateIds: boolean;
    };

/** Debian's packages use ids up to 65534 (nobody), so a smaller range cannot hold them. */
const IDS_NEEDED = 65535;

/** Finds out who runs the build. */
export function currentIdentity(): Identity {
  if (process.getuid?.() === 0) return { kind: 'root' };
  const { username, uid } = userInfo();
  const hasRange = (file: string) =>
    readText(file)
      .split('\n')
      .some((line) => coversUser(line, username, uid));
  return {
    kind: 'user',
    name: username,
    hasSubordinateIds: hasRange('/etc/subuid') && hasRange('/etc/subgid'),
  };
}

function coversUser(line: string, username: string, uid: number): boolean {
  const [owner, , count] = line.split(':');
  return (owner === username || owner === String(uid)) && Number(count) >= IDS_NEEDED;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
