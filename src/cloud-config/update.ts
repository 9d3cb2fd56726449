/** `coreos.update` and `coreos.locksmith`: which versions the machine takes, and when it restarts for them. */
import type { UpdateConfig } from './config.ts';
import { absolutePathFault } from './file-path.ts';
import type { Part } from './part.ts';
import type { Report } from './report.ts';
import { type Fault, flag, section, text } from './shape.ts';
import { isZoneName, parseSpan, parseWindowStart } from './times.ts';

function serverFault(url: string): Fault | undefined {
  return /^https?:\/\/[^\s/:?#@]+(:[0-9]{1,5})?(\/\S*)?$/.test(url)
    ? undefined
    : {
        reason: 'not the address of an update repository',
        hint: 'such as https://updates.example.com/basalt',
      };
}

function fleetLockFault(url: string): Fault | undefined {
  return serverFault(url) === undefined
    ? undefined
    : { reason: 'not the address of a FleetLock server', hint: 'such as https://locks.example.com/base' };
}

function channelFault(name: string): Fault | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)
    ? undefined
    : { reason: 'not the name of a channel', hint: 'letters, digits, ".", "_" and "-", such as stable' };
}

function matches(test: (value: string) => boolean, reason: string, hint: string) {
  return { check: (value: string) => (test(value) ? undefined : { reason, hint }) };
}

function wholeNumber(maximum: number) {
  const is = (value: string) => /^[1-9][0-9]{0,3}$/.test(value) && Number(value) <= maximum;
  return matches(is, `not a number from 1 to ${maximum}`, 'such as 1');
}

const path = { check: absolutePathFault, pattern: '^/' };
const windowStart = matches(
  (value) => parseWindowStart(value) !== undefined,
  'not a time',
  'such as "Thu 04:00", in quotes',
);
const span = matches((value) => parseSpan(value) !== undefined, 'not a duration', 'such as 1h30m');
const lockGroup = matches(
  (value) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value),
  'not the name of a group',
  'letters, digits, ".", "_" and "-", such as workers',
);

/** The form of `coreos.update`. */
export const updateShape = section('updates of the system', {
  group: text('the channel updates are taken from, such as stable', { check: channelFault }),
  server: text('address of the update repository', { check: serverFault, pattern: '^https?://' }),
  'reboot-strategy': text(
    'when the machine restarts into a new version: reboot (at once), etcd-lock (one machine of a group at a time, by a lock in etcd), fleet-lock (when a FleetLock server allows it), best-effort (etcd-lock where this configuration has etcd, else reboot), off',
    { choices: ['reboot', 'etcd-lock', 'fleet-lock', 'best-effort', 'off'] },
  ),
  'window-start': text(
    'when restarts may begin, such as "Thu 04:00", "Sat,Sun 04:00" or "04:00"',
    windowStart,
  ),
  'window-length': text('for how long, such as 1h30m', span),
  'window-timezone': text(
    "where the window's clock hangs: a name of the IANA time zone database; the machine's own when left out",
    matches(isZoneName, 'not the name of a time zone', 'such as Europe/Berlin'),
  ),
  'lock-group': text('machines of a group share a lock; default when left out', lockGroup),
  'lock-maximum': text(
    'how many machines of the group may be down at once, with etcd-lock; 1 when left out',
    wholeNumber(1000),
  ),
  'fleet-lock-url': text('base address of the FleetLock server', {
    check: fleetLockFault,
    pattern: '^https?://',
  }),
  tries: text(
    'how often a new version is started before the machine falls back; 3 when left out',
    wholeNumber(10),
  ),
  'health-timeout': text(
    'how long a version has to become good, from the start of the machine; 15m when left out, at least 1m',
    matches(
      (value) => (parseSpan(value) ?? 0) >= 60_000,
      'not a duration of a minute or more',
      'such as 15m',
    ),
  ),
  'allow-degraded': flag('failed units do not make a version bad'),
});

/** The form of `coreos.locksmith`. */
export const locksmithShape = section('restarts for updates, one machine at a time', {
  endpoint: text('addresses of etcd for the lock, separated by commas'),
  'etcd-cafile': text("authority of etcd's certificates", path),
  'etcd-certfile': text('certificate for etcd', path),
  'etcd-keyfile': text('its key', path),
  'etcd-username': text('user of etcd'),
  'etcd-password': text("the user's password", { secret: true }),
  group: text('as lock-group of coreos.update', lockGroup),
  'window-start': text('as window-start of coreos.update', windowStart),
  'window-length': text('as window-length of coreos.update', span),
});

/** Names of the environment of locksmithd, which coreos-cloudinit wrote. */
const WINDOW: Readonly<Record<string, string>> = {
  window_start: 'REBOOT_WINDOW_START',
  window_length: 'REBOOT_WINDOW_LENGTH',
};

/** Those with a place of their own in what is read; the rest is for the agent, by the same name in capitals. */
const NAMED = ['group', 'server', 'reboot_strategy'];

/** Reads both; undefined when neither is there. */
export function readUpdate(coreos: Part | undefined, report: Report): UpdateConfig | undefined {
  const update = coreos?.get('update');
  const locksmith = coreos?.get('locksmith');
  if (update === undefined && locksmith === undefined) return undefined;
  checkTogether(update, locksmith, report);
  const strategy = update?.get('reboot_strategy')?.text;
  const hasEtcd = coreos?.has('etcd') || coreos?.has('etcd2');
  return {
    channel: update?.get('group')?.text,
    server: update?.get('server')?.text,
    rebootStrategy: (strategy === 'best-effort'
      ? hasEtcd
        ? 'etcd-lock'
        : 'reboot'
      : strategy) as UpdateConfig['rebootStrategy'],
    settings: Object.fromEntries(
      (update?.entries ?? [])
        .filter(([key]) => !NAMED.includes(key))
        .map(([key, part]) => [key.toUpperCase(), key === 'allow_degraded' ? String(part.flag) : part.text]),
    ),
    locksmith: Object.fromEntries(
      (locksmith?.entries ?? []).map(([key, part]) => [
        `LOCKSMITHD_${WINDOW[key] ?? key.toUpperCase()}`,
        part.text,
      ]),
    ),
  };
}

/** What makes sense only with something else. */
function checkTogether(update: Part | undefined, locksmith: Part | undefined, report: Report): void {
  const has = (key: string) => update?.has(key) || locksmith?.has(key);
  const place = (key: string) => (update?.get(key) ?? locksmith?.get(key))?.keyPlace;
  for (const [there, missing] of [
    ['window_start', 'window_length'],
    ['window_length', 'window_start'],
    ['window_timezone', 'window_start'],
  ] as const) {
    const at = place(there);
    if (at !== undefined && !has(missing))
      report.problem(
        at,
        `${dashed(there)} is there, and ${dashed(missing)} is not`,
        'a window has a start and a length',
      );
  }
  const strategy = update?.get('reboot_strategy');
  if (strategy?.text === 'fleet-lock' && !has('fleet_lock_url'))
    report.problem(
      strategy.place,
      'reboot-strategy is fleet-lock, and there is no server',
      'write fleet-lock-url: https://locks.example.com/base',
    );
}

function dashed(key: string): string {
  return key.replaceAll('_', '-');
}
