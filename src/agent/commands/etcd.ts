/** `basalt-agent etcd COMMAND`: what etcd's units, and people, ask of the agent. */
import { defragment } from '../etcd/defragment.ts';
import { join } from '../etcd/join.ts';
import { promote } from '../etcd/promote.ts';
import { restore } from '../etcd/restore.ts';
import { type EtcdSettings, readEtcdSettings } from '../etcd/settings.ts';
import { saveSnapshot } from '../etcd/snapshot.ts';
import type { Host } from '../host.ts';

/** Exit codes, as those of other programs on the machine. */
const OK = 0;
const FAILED = 1;
const USAGE = 2;

/** How many snapshots are kept: a week of four a day. */
const SNAPSHOTS = 28;

export const ETCD_USAGE = `basalt-agent etcd COMMAND
  join                 run before etcd: joins a running cluster when this member has no data
  promote              makes this member a voter when it has caught up
  snapshot [--keep N]  saves etcd's data to /var/lib/basalt/etcd-snapshots, verified
  defrag [--force]     gives free space back, one member at a time
  restore FILE [--initial-cluster=NAME=URL,…]
                       puts a snapshot in the place of this member's data
  env                  settings for etcdctl, as lines for a shell: eval "$(basalt-agent etcd env)"
`;

/**
 * Runs a command.
 * @param say Prints a line on stdout.
 * @returns The exit code.
 */
export function etcdCommand(host: Host, args: readonly string[], say: (line: string) => void): number {
  const [command, ...rest] = args;
  const work = command === undefined ? undefined : commands[command];
  if (work === undefined)
    return usage(host, command === undefined ? undefined : `there is no command etcd ${command}`);
  return work(host, readEtcdSettings(host), rest, say);
}

type Work = (
  host: Host,
  settings: EtcdSettings,
  args: readonly string[],
  say: (line: string) => void,
) => number;

const commands: Readonly<Record<string, Work | undefined>> = {
  join: (host, settings) => told(host, join(host, settings)),
  promote: (host, settings) => {
    const problem = promote(host, settings);
    return told(
      host,
      problem === undefined ? { ok: true, text: 'this member votes' } : { ok: false, text: problem },
    );
  },
  snapshot: (host, settings, args) => {
    const [option, value] = args.flatMap((arg) => arg.split('='));
    const keep = option === undefined ? SNAPSHOTS : Number(value);
    if ((option !== undefined && option !== '--keep') || !Number.isInteger(keep) || keep < 1)
      return usage(host, 'snapshot takes --keep and a number from 1');
    return told(host, saveSnapshot(host, settings, keep));
  },
  defrag: (host, settings, args) => {
    if (args.some((arg) => arg !== '--force')) return usage(host, 'defrag takes only --force');
    return told(host, defragment(host, settings, args.includes('--force')));
  },
  restore: (host, settings, args, say) => {
    const options = args.filter((arg) => arg.startsWith('-'));
    const [snapshot, more] = args.filter((arg) => !arg.startsWith('-'));
    const prefix = '--initial-cluster=';
    if (snapshot === undefined || more !== undefined || options.some((arg) => !arg.startsWith(prefix)))
      return usage(host, 'restore takes one file, and --initial-cluster=NAME=URL,…');
    const result = restore(host, settings, { snapshot, initialCluster: options[0]?.slice(prefix.length) });
    if (!result.ok) return told(host, result);
    for (const line of result.lines) say(line);
    return OK;
  },
  env: (_host, settings, _args, say) => {
    const { trustedCa, certificate, key } = settings.clientTls;
    const encrypted = settings.localEndpoint.startsWith('https:');
    const lines: [string, string | undefined][] = [
      ['ETCDCTL_ENDPOINTS', settings.localEndpoint],
      ['ETCDCTL_CACERT', encrypted ? trustedCa : undefined],
      ['ETCDCTL_CERT', encrypted ? certificate : undefined],
      ['ETCDCTL_KEY', encrypted ? key : undefined],
    ];
    for (const [name, value] of lines)
      if (value !== undefined) say(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
    return OK;
  },
};

function told(host: Host, { ok, text }: { readonly ok: boolean; readonly text: string }): number {
  host.log(ok ? 'info' : 'error', `etcd: ${text}`);
  return ok ? OK : FAILED;
}

function usage(host: Host, problem: string | undefined): number {
  host.log('error', `${problem === undefined ? '' : `${problem}\n`}${ETCD_USAGE}`);
  return USAGE;
}
