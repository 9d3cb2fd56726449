/** Programs that read their files before the agent runs: told to read again what it changed. */
import type { Host } from '../host.ts';
import type { PathChange } from '../plan/changes.ts';

/** What reads files below a folder, and how it is told. */
interface Reader {
  readonly files: RegExp;
  readonly command: readonly [string, ...string[]];
}

const READERS: readonly Reader[] = [
  {
    files: /^\/etc\/nftables(\.d\/.*|\.conf)$/,
    command: ['systemctl', 'try-reload-or-restart', 'nftables.service'],
  },
  {
    files: /^\/(etc|run)\/sysctl\.(d\/.*|conf)$/,
    command: ['systemctl', 'restart', 'systemd-sysctl.service'],
  },
  {
    files: /^\/(etc|run)\/modules-load\.d\//,
    command: ['systemctl', 'restart', 'systemd-modules-load.service'],
  },
  { files: /^\/(etc|run)\/tmpfiles\.d\//, command: ['systemd-tmpfiles', '--create'] },
  { files: /^\/(etc|run)\/udev\/rules\.d\//, command: ['udevadm', 'control', '--reload'] },
  { files: /^\/(etc|run)\/systemd\/network\/.*\.link$/, command: ['udevadm', 'control', '--reload'] },
  // Not networkctl: it asks over D-Bus, which is not there before basic.target.
  {
    files: /^\/(etc|run)\/systemd\/network\//,
    command: ['systemctl', 'try-restart', 'systemd-networkd.service'],
  },
  {
    files: /^\/(etc|run)\/systemd\/resolved\.conf/,
    command: ['systemctl', 'try-restart', 'systemd-resolved.service'],
  },
  {
    files: /^\/(etc|run)\/systemd\/timesyncd\.conf/,
    command: ['systemctl', 'try-restart', 'systemd-timesyncd.service'],
  },
  {
    files: /^\/(etc|run)\/systemd\/journald\.conf/,
    command: ['systemctl', 'try-restart', 'systemd-journald.service'],
  },
];

const TIMEOUT_MS = 30_000;

/** @returns What could not be told, one line each. */
export function tellReaders(host: Host, changes: readonly PathChange[]): string[] {
  return READERS.filter(({ files }) => changes.some(({ path }) => files.test(path))).flatMap(
    ({ command }) => {
      const { exitCode, stderr } = host.run(command, { timeoutMs: TIMEOUT_MS });
      return exitCode === 0 ? [] : [`${command.join(' ')}: ${stderr.trim() || `exit code ${exitCode}`}`];
    },
  );
}
