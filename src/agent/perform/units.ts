/** Enables units, and tells systemd what to start. */
import type { Host } from '../host.ts';
import {
  enablingLinks,
  generatedWants,
  isPull,
  RUNTIME_UNITS_FOLDER,
  UNITS_FOLDER,
} from '../machine/units.ts';
import type { PathChange } from '../plan/changes.ts';
import type { PlacedEnabling } from '../state/placed.ts';
import type { WantedCommand, WantedEnabling } from '../wanted/wanted.ts';

const MASK = '/dev/null';
const IMAGE_UNITS_FOLDER = '/usr/lib/systemd/system';
/** systemd runs generators for a reload, which takes seconds on a slow machine. */
const TIMEOUT_MS = 90_000;

/** Links below both folders that hold them. */
export function allLinks(host: Host): string[] {
  return [UNITS_FOLDER, RUNTIME_UNITS_FOLDER].flatMap((folder) => enablingLinks(host, folder));
}

/**
 * Enables a unit.
 * @returns The links that this made, and what went wrong.
 */
export function enableUnit(
  host: Host,
  { unit, runtime }: WantedEnabling,
): { links: string[]; warning?: string } {
  const before = new Set(allLinks(host));
  const { exitCode, stderr } = host.run(
    ['systemctl', 'enable', '--no-reload', ...(runtime ? ['--runtime'] : []), '--', unit],
    { timeoutMs: TIMEOUT_MS },
  );
  const links = allLinks(host).filter((link) => !before.has(link));
  return exitCode === 0
    ? { links }
    : { links, warning: `systemctl enable ${unit}: ${reason(stderr, exitCode)}` };
}

/**
 * Of links that a run made which did not end: those of a unit.
 * @param linksBefore What was there before that run.
 */
export function linksSince(
  host: Host,
  enabled: readonly PlacedEnabling[],
  linksBefore: readonly string[],
): PlacedEnabling[] {
  const before = new Set([...linksBefore, ...enabled.flatMap(({ links }) => links)]);
  const made = allLinks(host).filter((link) => !before.has(link));
  return enabled.map((item) => ({
    ...item,
    links: [...item.links, ...made.filter((link) => belongsTo(host, link, item.unit))],
  }));
}

function belongsTo(host: Host, link: string, unit: string): boolean {
  return link.endsWith(`/${unit}`) || host.readLink(link)?.endsWith(`/${unit}`) === true;
}

/**
 * Has systemd read its units again.
 * @returns Units that generators made and that are pulled in now, and were not before; and what went wrong.
 */
export function reloadUnits(host: Host): { started: string[]; warnings: string[] } {
  const before = new Set(generatedWants(host));
  const { exitCode, stderr } = host.run(['systemctl', 'daemon-reload'], { timeoutMs: TIMEOUT_MS });
  const made = generatedWants(host).filter((link) => !before.has(link));
  return {
    started: made.map(nameOf),
    warnings: exitCode === 0 ? [] : [`systemctl daemon-reload: ${reason(stderr, exitCode)}`],
  };
}

/** Units that a plan takes away, or gives back. */
export interface UnitsTakenAway {
  /** Their file goes, or is masked. */
  readonly removed: readonly string[];
  readonly unmasked: readonly string[];
}

/** Looked at before the plan is performed: a mask is told by where it leads. */
export function unitsTakenAway(host: Host, changes: readonly PathChange[]): UnitsTakenAway {
  const removed: string[] = [];
  const unmasked: string[] = [];
  for (const change of changes) {
    const { kind, path } = change;
    const name = nameOf(path);
    const isUnit = [UNITS_FOLDER, RUNTIME_UNITS_FOLDER].some((folder) => path === `${folder}/${name}`);
    if (!isUnit) continue;
    const isMasked = host.readLink(path) === MASK;
    if (kind === 'link' && change.target === MASK) removed.push(name);
    else if (isMasked) unmasked.push(name);
    else if (kind === 'remove') removed.push(name);
  }
  return { removed, unmasked };
}

/**
 * Stops units while systemd still knows them. At boot it takes back their start, which would fail without a file. Those
 * that systemd never knew need none of it.
 */
export function stopUnits(host: Host, units: readonly string[]): void {
  if (units.length > 0)
    host.run(['systemctl', '--no-block', 'stop', '--', ...units], { timeoutMs: TIMEOUT_MS });
}

/** Starts those of some units that a boot wants, and that were masked when systemd looked. */
export function startWanted(host: Host, units: readonly string[]): string[] {
  const wanted = pulledIn([...allLinks(host), ...enablingLinks(host, IMAGE_UNITS_FOLDER)]);
  return commandUnits(
    host,
    units.filter((unit) => wanted.includes(unit)).map((unit) => ({ unit, command: 'start' })),
  );
}

/** Of links, the units that something pulls in. */
export function pulledIn(links: readonly string[]): string[] {
  return [...new Set(links.filter(isPull).map(nameOf))];
}

/**
 * Tells systemd to do something with units, without waiting: most wait for the agent themselves.
 * @returns What went wrong.
 */
export function commandUnits(host: Host, commands: readonly WantedCommand[]): string[] {
  const warnings: string[] = [];
  for (let from = 0; from < commands.length; ) {
    const command = commands[from]?.command ?? 'start';
    let to = from;
    while (commands[to]?.command === command) to++;
    const units = commands.slice(from, to).map(({ unit }) => unit);
    const { exitCode, stderr } = host.run(['systemctl', '--no-block', command, '--', ...units], {
      timeoutMs: TIMEOUT_MS,
    });
    if (exitCode !== 0) {
      warnings.push(`systemctl ${command} ${units.join(' ')}: ${reason(stderr, exitCode)}`);
    }
    from = to;
  }
  return warnings;
}

function nameOf(link: string): string {
  return link.slice(link.lastIndexOf('/') + 1);
}

function reason(stderr: string, exitCode: number): string {
  return stderr.trim().replaceAll('\n', '; ') || `exit code ${exitCode}`;
}
