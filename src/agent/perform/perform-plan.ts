/** Does what a plan says: all of it, or, after a failure, as little as can be taken back by planning again. */
import type { Host } from '../host.ts';
import { type Accounts, ownerIds } from '../machine/accounts.ts';
import { sha256OfFiles } from '../machine/digests.ts';
import { describeChange, type PathChange, type Plan, type UserChange } from '../plan/changes.ts';
import type { Placed } from '../state/placed.ts';
import { flushAll, makeStateFolder, ORIGINALS_FOLDER, type Pending, savePending } from '../state/state.ts';
import type { WantedCommand, WantedEnabling, WantedFile } from '../wanted/wanted.ts';
import { keepOriginal } from './originals.ts';
import { putInPlace, removeBeside, removeFolders, writeBeside } from './paths.ts';
import { unionOf } from './pending.ts';
import { tellReaders } from './readers.ts';
import { needsReload } from './reload.ts';
import {
  allLinks,
  commandUnits,
  enableUnit,
  pulledIn,
  reloadUnits,
  startWanted,
  stopUnits,
  unitsTakenAway,
} from './units.ts';
import { changeUser } from './users.ts';

/** What a plan came to. */
export interface Performed {
  readonly placed: Placed;
  readonly warnings: readonly string[];
}

/**
 * Makes everything ready for a plan: keeps originals, says on the disk what is to come, and writes the files beside
 * their places. Nothing of the machine is changed by it.
 * @param before What was placed until now.
 * @throws {HostError} when there is no room: nothing is left of it then.
 */
export function prepare(host: Host, plan: Plan, accounts: Accounts, before: Placed, at: string): void {
  const writes = plan.paths.filter(isWrite);
  const pending: Pending = {
    at,
    placed: unionOf(before, plan.placed, plan.enable),
    linksBefore: plan.enable.length > 0 ? allLinks(host) : [],
  };
  makeStateFolder(host);
  if (plan.keep.length > 0) host.makeFolder(ORIGINALS_FOLDER);
  for (const keep of plan.keep) keepOriginal(host, keep);
  savePending(host, pending);
  flushAll(host);
  for (const { file } of writes) if (isEarly(plan, accounts, file)) writeBeside(host, file);
}

/**
 * Changes the machine.
 * @throws {HostError} in the middle: the pending record then says what may be there.
 */
export function performPlan(host: Host, plan: Plan, accounts: Accounts): Performed {
  const warnings: string[] = [];
  const reload = needsReload(host, plan);
  const { removed, unmasked } = unitsTakenAway(host, plan.paths);
  const say = (text: string) => host.log('info', text);
  for (const change of plan.users) {
    changeUser(host, change);
    say(describeChange(change));
  }
  // Files of users that have just been made.
  for (const { file } of plan.paths.filter(isWrite)) {
    if (!isEarly(plan, accounts, file)) writeBeside(host, file);
  }
  stopUnits(host, removed);
  for (const link of plan.unlink) host.remove(link);
  for (const change of plan.paths) {
    putInPlace(host, change);
    say(describeChange(change));
  }
  const folders = removeFolders(host, plan.placed);
  const made = new Map<string, { readonly links: readonly string[]; readonly failed: boolean }>();
  for (const wish of plan.enable) {
    const { links, warning } = enableUnit(host, wish);
    if (warning !== undefined) warnings.push(warning);
    else say(`enable ${wish.unit}`);
    made.set(keyOf(wish), { links, failed: warning !== undefined });
  }
  const links = [...made.values()].flatMap((one) => one.links);
  warnings.push(...startAll(host, plan, pulledIn(links), reload));
  if (unmasked.length > 0) warnings.push(...startWanted(host, unmasked));
  const digests = sha256OfFiles(
    host,
    plan.placed.paths.flatMap(({ kind, path, sha256 }) =>
      kind === 'file' && sha256 === undefined ? [path] : [],
    ),
  );
  return {
    warnings,
    placed: {
      ...plan.placed,
      folders,
      paths: plan.placed.paths.map((item) => {
        const sha256 = digests.get(item.path) ?? item.sha256;
        return sha256 === undefined ? item : { ...item, sha256 };
      }),
      enabled: plan.placed.enabled.flatMap((item) => {
        const { links, failed } = made.get(keyOf(item)) ?? { ...item, failed: false };
        // What failed is tried again at the next boot.
        return failed && links.length === 0 ? [] : [{ ...item, links }];
      }),
    },
  };
}

/** Whether a file can be written before users are made: its owner is there, and it is in no home that is to be made. */
function isEarly(plan: Plan, accounts: Accounts, { path, owner }: WantedFile): boolean {
  if (ownerIds(accounts, owner) === undefined) return false;
  return !plan.users.some(
    (change) => change.kind === 'add-user' && homesOf(change).some((home) => path.startsWith(`${home}/`)),
  );
}

/** By both its names: /home leads to /var/home. */
function homesOf({ name, options }: Extract<UserChange, { kind: 'add-user' }>): string[] {
  const home = options[options.indexOf('--home-dir') + 1];
  return options.includes('--home-dir') && home !== undefined
    ? [home]
    : [`/home/${name}`, `/var/home/${name}`];
}

function keyOf({ unit, runtime }: WantedEnabling): string {
  return `${unit} ${runtime}`;
}

/** The kernel's name, readers of changed files, units; each a warning when it fails. */
function startAll(host: Host, plan: Plan, enabled: readonly string[], reload: boolean): string[] {
  const warnings: string[] = [];
  if (plan.hostname !== undefined) {
    const { exitCode, stderr } = host.run([
      'sysctl',
      '--quiet',
      '--write',
      `kernel.hostname=${plan.hostname}`,
    ]);
    if (exitCode !== 0) warnings.push(`the name ${plan.hostname} holds from the next boot: ${stderr.trim()}`);
  }
  const started = [...enabled];
  if (reload) {
    const reloaded = reloadUnits(host);
    warnings.push(...reloaded.warnings);
    started.push(...reloaded.started);
  }
  warnings.push(...tellReaders(host, plan.paths));
  const commands: WantedCommand[] = [
    ...started.map((unit): WantedCommand => ({ unit, command: 'start' })),
    ...plan.commands,
  ];
  warnings.push(...commandUnits(host, commands));
  return warnings;
}

/** Takes away what {@link prepare} wrote, after a failure. */
export function unprepare(host: Host, plan: Plan): void {
  removeBeside(host, plan.paths.filter(isWrite));
  removeFolders(host, { ...plan.placed, paths: [] });
}

function isWrite(change: PathChange): change is Extract<PathChange, { kind: 'write' }> {
  return change.kind === 'write';
}
