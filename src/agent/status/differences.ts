/** What differs on this machine from what was applied. Reads, and changes nothing. */
import type { Host } from '../host.ts';
import { type Accounts, ownerIds, readAccounts } from '../machine/accounts.ts';
import { sha256OfFiles } from '../machine/digests.ts';
import type { Placed, PlacedPath } from '../state/placed.ts';

export interface Difference {
  readonly kind: 'file' | 'link' | 'user' | 'unit';
  /** A path, or the name of a user or unit. */
  readonly name: string;
  /** Such as `missing`. */
  readonly difference: string;
}

/** @throws {HostError} */
export function differences(host: Host, placed: Placed): Difference[] {
  const accounts = readAccounts(host);
  const digests = sha256OfFiles(
    host,
    placed.paths.filter(({ kind }) => kind === 'file').map(({ path }) => path),
  );
  return [
    ...placed.paths.flatMap((item) => pathDifference(host, accounts, item, digests.get(item.path))),
    ...placed.users.flatMap(({ name, locked }): Difference[] => {
      const account = accounts.users.get(name);
      if (account === undefined) return [{ kind: 'user', name, difference: 'missing' }];
      return locked && !account.expires ? [{ kind: 'user', name, difference: 'not locked any more' }] : [];
    }),
    ...placed.enabled.flatMap(({ unit, links }): Difference[] =>
      links.every((link) => host.kind(link) === 'symlink')
        ? []
        : [{ kind: 'unit', name: unit, difference: 'not enabled any more' }],
    ),
    ...unitDifferences(host, placed),
  ];
}

function pathDifference(
  host: Host,
  accounts: Accounts,
  item: PlacedPath,
  sha256: string | undefined,
): Difference[] {
  const { path } = item;
  const kind = host.kind(path);
  const tell = (difference: string): Difference[] => [
    { kind: item.kind === 'file' ? 'file' : 'link', name: path, difference },
  ];
  switch (item.kind) {
    case 'absent':
      return host.readLink(path) === '/dev/null' ? tell('masked again') : [];
    case 'link': {
      if (kind === undefined) return tell('missing');
      const target = host.readLink(path);
      if (target === item.target) return [];
      return tell(target === undefined ? 'not a link any more' : `leads to ${target}, not to ${item.target}`);
    }
    case 'file': {
      if (kind === undefined) return tell('missing');
      if (kind !== 'file') return tell(`a ${kind}, not a file`);
      if (sha256 !== item.sha256) return tell('changed');
      const status = host.status(path);
      const { mode = 0o644, owner = 'root' } = item;
      const ids = ownerIds(accounts, owner);
      if (status?.mode !== mode) return tell(`mode ${octal(status?.mode ?? 0)}, not ${octal(mode)}`);
      if (ids === undefined || status.uid !== ids.uid || status.gid !== ids.gid) {
        return tell(`owner ${status.uid}:${status.gid}, not ${owner}`);
      }
      return [];
    }
  }
}

/** Units that were enabled and do not run; one that has done its work and ended is well. */
function unitDifferences(host: Host, { enabled }: Placed): Difference[] {
  const names = enabled.map(({ unit }) => unit).filter((unit) => !unit.includes('@.'));
  if (names.length === 0) return [];
  const { stdout } = host.run(
    ['systemctl', 'show', '--property=Id,ActiveState,Type,Result,LoadState', '--', ...names],
    { timeoutMs: 30_000 },
  );
  return stdout.split('\n\n').flatMap((paragraph): Difference[] => {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(paragraph)?.[1] ?? '';
    const name = value('Id');
    const state = value('ActiveState');
    if (name === '' || (state !== 'failed' && state !== 'inactive')) return [];
    if (state === 'inactive' && value('Type') === 'oneshot' && value('Result') === 'success') return [];
    return [{ kind: 'unit', name, difference: state === 'failed' ? 'failed' : 'not running' }];
  });
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
