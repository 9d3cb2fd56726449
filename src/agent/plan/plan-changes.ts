/** From what is wanted, what was placed earlier and what the machine has, to the steps between. Changes nothing. */
import type { Host } from '../host.ts';
import { type Accounts, ownerIds } from '../machine/accounts.ts';
import { unitExists } from '../machine/units.ts';
import type { Placed, PlacedEnabling } from '../state/placed.ts';
import type { Wanted, WantedCommand, WantedEnabling, WantedPath } from '../wanted/wanted.ts';
import { WantedError } from '../wanted/wanted-error.ts';
import type { PathChange, Plan } from './changes.ts';
import { missingFolders, planPaths } from './paths.ts';
import { planUsers } from './users.ts';

/** @throws {WantedError} when this machine cannot be as it is wanted. */
export function planChanges(host: Host, accounts: Accounts, wanted: Wanted, placed: Placed): Plan {
  checkOwners(accounts, wanted);
  const warnings: string[] = [];
  const users = planUsers(accounts, wanted.users, placed.users);
  const paths = planPaths(host, accounts, wanted.paths, placed.paths);
  const enabling = planEnabling(host, wanted, placed.enabled, paths.changes, warnings);
  const folders = missingFolders(host, paths.changes);
  return {
    keep: paths.keep,
    users: users.changes,
    paths: paths.changes,
    ...enabling,
    hostname: wanted.hostname === kernelName(host) ? undefined : wanted.hostname,
    commands: wanted.commands.filter((command) => isThere(host, wanted.paths, command, warnings)),
    placed: {
      paths: paths.placed,
      folders: [...new Set([...placed.folders, ...folders])].sort(),
      users: users.placed,
      enabled: enabling.enabled,
      fetchedKeys: placed.fetchedKeys,
    },
    warnings: [...users.warnings, ...warnings],
  };
}

/** Owners are there, or are made by the same configuration. */
function checkOwners(accounts: Accounts, wanted: Wanted): void {
  const users = new Set(wanted.users.map(({ name }) => name));
  const groups = new Set(
    wanted.users.flatMap(({ name, groups, primaryGroup, createUserGroup }) => [
      ...(createUserGroup && primaryGroup === undefined ? [name] : []),
      ...(primaryGroup === undefined ? [] : [primaryGroup]),
      ...groups,
    ]),
  );
  for (const wish of wanted.paths) {
    if (wish.kind !== 'file' || ownerIds(accounts, wish.owner) !== undefined) continue;
    const [user = '', group] = wish.owner.split(':');
    const userIsThere = ownerIds(accounts, user) !== undefined || users.has(user);
    if (userIsThere && (group === undefined || groups.has(group) || accounts.groups.has(group))) continue;
    throw new WantedError(
      `write_files: ${wish.path}: its owner ${wish.owner} is not on this machine`,
      `add ${userIsThere ? `a user of the group ${group}` : `the user ${user}`} under users:, or name another owner`,
    );
  }
}

function planEnabling(
  host: Host,
  wanted: Wanted,
  placed: readonly PlacedEnabling[],
  changes: readonly PathChange[],
  warnings: string[],
): { enable: WantedEnabling[]; unlink: string[]; enabled: PlacedEnabling[] } {
  const written = new Set(changes.map(({ path }) => path.replace(/^.*\//, '')));
  const enable: WantedEnabling[] = [];
  const unlink: string[] = [];
  const enabled: PlacedEnabling[] = [];
  for (const wish of wanted.enable) {
    const earlier = placed.find(({ unit, runtime }) => unit === wish.unit && runtime === wish.runtime);
    const isSame =
      earlier?.unsure !== true &&
      !written.has(wish.unit) &&
      earlier?.links.every((link) => host.kind(link) === 'symlink');
    if (earlier !== undefined && isSame) {
      enabled.push(earlier);
      continue;
    }
    if (!isThere(host, wanted.paths, wish, warnings)) continue;
    // Another text may have another [Install].
    unlink.push(...(earlier?.links ?? []));
    enable.push(wish);
    enabled.push({ ...wish, links: [] });
  }
  for (const item of placed) {
    if (!wanted.enable.some(({ unit, runtime }) => unit === item.unit && runtime === item.runtime)) {
      unlink.push(...item.links);
    }
  }
  return { enable, unlink: unlink.filter((link) => host.kind(link) !== undefined), enabled };
}

/** A configuration for several images may name a unit that this one lacks: that is told, and the rest applied. */
function isThere(
  host: Host,
  paths: readonly WantedPath[],
  wish: WantedEnabling | WantedCommand,
  warnings: string[],
): boolean {
  const { unit } = wish;
  const template = unit.replace(/@.+\./, '@.');
  const isWritten = paths.some(
    ({ kind, path }) => kind === 'file' && (path.endsWith(`/${unit}`) || path.endsWith(`/${template}`)),
  );
  // What a generator will make of a Quadlet file is not there yet.
  const isGenerated = paths.some(({ path }) => path.startsWith('/etc/containers/systemd/'));
  if (isWritten || isGenerated || unitExists(host, unit)) return true;
  const what = 'command' in wish ? `command: ${wish.command}` : 'enable: true';
  warnings.push(`coreos.units: ${unit}: this machine has no such unit, so "${what}" is passed over`);
  return false;
}

function kernelName(host: Host): string | undefined {
  return host.readText('/proc/sys/kernel/hostname')?.trim();
}
