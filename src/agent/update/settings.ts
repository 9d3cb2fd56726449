/**
 * What updates of this machine are to be like: the image's defaults, then the configuration's. Lines of KEY="VALUE", as
 * os-release(5) has them. Names of locksmithd's environment, which CoreOS had, are read too.
 */
import { isZoneName, parseSpan, parseWindowStart } from '../../cloud-config/times.ts';
import { parseEnvironmentFile } from '../etcd/environment.ts';
import type { Host } from '../host.ts';
import type { RebootWindow } from '../reboot/window.ts';

/** Of the image. */
const IMAGE_SETTINGS = '/usr/lib/basalt/update/update.conf';
/** Written by the agent from the configuration; wins. */
const MACHINE_SETTINGS = '/etc/basalt/update.conf';

const strategies = ['reboot', 'off', 'etcd-lock', 'fleet-lock'] as const;

/** When a machine restarts into a new version. */
export type RebootStrategy = (typeof strategies)[number];

/** How many machines may be down at once, and where that is kept. */
export interface LockSettings {
  /** Machines of a group share a lock. */
  readonly group: string;
  /** How many of them may be down at once. */
  readonly maximum: number;
  /** Addresses of etcd; empty: the one of this machine. */
  readonly endpoints: readonly string[];
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface FleetLockSettings {
  /** Base address of the server. */
  readonly url: string;
  readonly group: string;
  /** Undefined: derived from the machine's id. */
  readonly id: string | undefined;
}

export interface HealthSettings {
  /** Failed units do not make a version bad. */
  readonly allowDegraded: boolean;
  /** How long a version has to become good, from the start of the machine. */
  readonly timeoutMs: number;
}

export interface UpdateSettings {
  readonly server: string | undefined;
  readonly channel: string;
  readonly strategy: RebootStrategy;
  /** How often a new version is started before the machine falls back. */
  readonly tries: number;
  /** Undefined: at any time. */
  readonly window: RebootWindow | undefined;
  readonly lock: LockSettings;
  readonly fleetLock: FleetLockSettings | undefined;
  readonly health: HealthSettings;
  /** What is wrong with the settings, in words. With any, the machine does not restart by itself. */
  readonly problems: readonly string[];
}

/** The most tries: what the boot loader's file names and patience allow. */
const MAXIMUM_TRIES = 10;
const DEFAULT_TRIES = 3;
const DEFAULT_HEALTH_MS = 15 * 60_000;
/** Less is over before a machine has started. */
const LEAST_HEALTH_MS = 60_000;
const GROUP = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Reads both files; what is not there has its default. Never throws for what they say: see `problems`. */
export function readUpdateSettings(host: Host): UpdateSettings {
  const values = new Map<string, string>();
  for (const file of [IMAGE_SETTINGS, MACHINE_SETTINGS])
    for (const [name, value] of parseEnvironmentFile(host.readText(file) ?? ''))
      if (value !== '') values.set(name, value);
  return updateSettings(values);
}

/** From names and values. Pure. */
export function updateSettings(values: ReadonlyMap<string, string>): UpdateSettings {
  const problems: string[] = [];
  /** The value of the first name that is there. */
  const value = (...names: string[]) =>
    names.map((name) => values.get(name)).find((each) => each !== undefined);
  const read = <T>(
    names: string[],
    parse: (text: string) => T | undefined,
    needed: string,
    otherwise: T,
  ): T => {
    const name = names.find((each) => values.has(each));
    if (name === undefined) return otherwise;
    const text = values.get(name) ?? '';
    const parsed = parse(text);
    if (parsed === undefined) problems.push(`${name} is "${text}": ${needed} is needed`);
    return parsed ?? otherwise;
  };
  const group = read(
    ['LOCK_GROUP', 'LOCKSMITHD_GROUP'],
    (text) => (GROUP.test(text) ? text : undefined),
    'a name of letters, digits, ".", "_" and "-"',
    'default',
  );
  const strategy = read<RebootStrategy>(
    ['REBOOT_STRATEGY'],
    (text) => strategies.find((each) => each === text),
    `one of ${strategies.join(', ')}`,
    'reboot',
  );
  const url = value('FLEET_LOCK_URL');
  if (strategy === 'fleet-lock' && url === undefined)
    problems.push('REBOOT_STRATEGY is fleet-lock, and FLEET_LOCK_URL is not set');
  return {
    server: value('SERVER'),
    channel: value('CHANNEL') ?? 'stable',
    strategy,
    tries: read(['TRIES'], wholeNumber(MAXIMUM_TRIES), `a number from 1 to ${MAXIMUM_TRIES}`, DEFAULT_TRIES),
    window: readWindow(read, problems),
    lock: {
      group,
      maximum: read(['LOCK_MAXIMUM'], wholeNumber(1000), 'a number from 1', 1),
      endpoints: (value('LOCKSMITHD_ENDPOINT') ?? '')
        .split(',')
        .map((endpoint) => endpoint.trim().replace(/\/+$/, ''))
        .filter((endpoint) => endpoint !== ''),
      ca: value('LOCKSMITHD_ETCD_CAFILE'),
      cert: value('LOCKSMITHD_ETCD_CERTFILE'),
      key: value('LOCKSMITHD_ETCD_KEYFILE'),
      username: value('LOCKSMITHD_ETCD_USERNAME'),
      password: value('LOCKSMITHD_ETCD_PASSWORD'),
    },
    fleetLock: url === undefined ? undefined : { url, group, id: value('FLEET_LOCK_ID') },
    health: {
      allowDegraded: read(['ALLOW_DEGRADED'], flag, 'true or false', false),
      timeoutMs: Math.max(
        LEAST_HEALTH_MS,
        read(['HEALTH_TIMEOUT'], parseSpan, 'a span of time such as 15m', DEFAULT_HEALTH_MS),
      ),
    },
    problems,
  };
}

type Read = <T>(names: string[], parse: (text: string) => T | undefined, needed: string, otherwise: T) => T;

function readWindow(read: Read, problems: string[]): RebootWindow | undefined {
  const start = read(
    ['WINDOW_START', 'LOCKSMITHD_REBOOT_WINDOW_START'],
    parseWindowStart,
    'a time such as "Thu 04:00"',
    undefined,
  );
  const lengthMs = read(
    ['WINDOW_LENGTH', 'LOCKSMITHD_REBOOT_WINDOW_LENGTH'],
    (text) => parseSpan(text) || undefined,
    'a span of time such as 1h30m',
    undefined,
  );
  const timeZone = read(
    ['WINDOW_TIMEZONE'],
    (text) => (isZoneName(text) ? text : undefined),
    'a time zone such as Europe/Berlin',
    undefined,
  );
  if (problems.length === 0 && (start === undefined) !== (lengthMs === undefined))
    problems.push(
      start === undefined
        ? 'WINDOW_LENGTH is set, and WINDOW_START is not'
        : 'WINDOW_START is set, and WINDOW_LENGTH is not',
    );
  return start === undefined || lengthMs === undefined ? undefined : { ...start, lengthMs, timeZone };
}

function wholeNumber(maximum: number) {
  return (text: string): number | undefined => {
    const number = Number(text);
    return /^[0-9]{1,4}$/.test(text) && number >= 1 && number <= maximum ? number : undefined;
  };
}

function flag(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
