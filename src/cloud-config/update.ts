/** `coreos.update` and `coreos.locksmith`: which versions the machine takes, and when it restarts for them. */
import type { UpdateConfig } from './config.ts';
import { absolutePathFault } from './file-path.ts';
import type { Part } from './part.ts';
import { type Fault, section, text } from './shape.ts';

function serverFault(url: string): Fault | undefined {
  return /^https?:\/\/[^\s/:?#@]+(:[0-9]{1,5})?(\/\S*)?$/.test(url)
    ? undefined
    : {
        reason: 'not the address of an update repository',
        hint: 'such as https://updates.example.com/basalt',
      };
}

function channelFault(name: string): Fault | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)
    ? undefined
    : { reason: 'not the name of a channel', hint: 'letters, digits, ".", "_" and "-", such as stable' };
}

/** The form of `coreos.update`. */
export const updateShape = section('updates of the system', {
  group: text('the channel updates are taken from, such as stable', { check: channelFault }),
  server: text('address of the update repository', { check: serverFault, pattern: '^https?://' }),
  'reboot-strategy': text(
    'when the machine restarts into a new version: reboot (at once), etcd-lock (one machine of the cluster at a time), best-effort (etcd-lock where this configuration has etcd, else reboot), off',
    { choices: ['reboot', 'etcd-lock', 'best-effort', 'off'] },
  ),
});

function matches(pattern: RegExp, reason: string, hint: string) {
  return { check: (value: string) => (pattern.test(value) ? undefined : { reason, hint }) };
}

const path = { check: absolutePathFault, pattern: '^/' };

/** The form of `coreos.locksmith`. */
export const locksmithShape = section('restarts for updates, one machine at a time', {
  endpoint: text('addresses of etcd for the lock, separated by commas'),
  'etcd-cafile': text("authority of etcd's certificates", path),
  'etcd-certfile': text('certificate for etcd', path),
  'etcd-keyfile': text('its key', path),
  'etcd-username': text('user of etcd'),
  'etcd-password': text("the user's password", { secret: true }),
  group: text('machines of a group share a lock'),
  'window-start': text(
    'when restarts may begin, such as "Thu 04:00" or "04:00"',
    matches(
      /^((sun|mon|tue|wed|thu|fri|sat) )?0*([0-9]|1[0-9]|2[0-3]):0*([0-9]|[1-5][0-9])$/i,
      'not a time',
      'such as "Thu 04:00", in quotes',
    ),
  ),
  'window-length': text(
    'for how long, such as 1h30m',
    matches(/^([0-9]+(\.[0-9]*)?(h|m|s|ms))+$/, 'not a duration', 'such as 1h30m'),
  ),
});

/** Names of the environment of locksmithd, which coreos-cloudinit wrote. */
const WINDOW: Readonly<Record<string, string>> = {
  window_start: 'REBOOT_WINDOW_START',
  window_length: 'REBOOT_WINDOW_LENGTH',
};

/** Reads both; undefined when neither is there. */
export function readUpdate(coreos: Part | undefined): UpdateConfig | undefined {
  const update = coreos?.get('update');
  const locksmith = coreos?.get('locksmith');
  if (update === undefined && locksmith === undefined) return undefined;
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
    locksmith: Object.fromEntries(
      (locksmith?.entries ?? []).map(([key, part]) => [
        `LOCKSMITHD_${WINDOW[key] ?? key.toUpperCase()}`,
        part.text,
      ]),
    ),
  };
}
