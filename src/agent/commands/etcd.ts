/** `basalt-agent etcd COMMAND`: what etcd's units, and people, ask of the agent. */
import { type CommandContext, CommandError, exitCodes, readArguments } from '../command.ts';
import { defragment, defragmentLocked } from '../etcd/defragment.ts';
import { join } from '../etcd/join.ts';
import { promote } from '../etcd/promote.ts';
import { restore } from '../etcd/restore.ts';
import { readEtcdSettings } from '../etcd/settings.ts';
import { saveSnapshot } from '../etcd/snapshot.ts';
import { type Subcommand, withSubcommands } from '../subcommands.ts';

/** How many snapshots are kept: a week of four a day. */
const SNAPSHOTS = 28;

const help = `join                 run before etcd: joins a running cluster when this member has no data
promote              makes this member a voter when it has caught up
snapshot [--keep=N]  saves etcd's data to /var/lib/basalt/etcd-snapshots, verified
defrag [--force]     gives free space back, one member at a time
defrag-locked        by etcdctl, while it holds the lock of defrag
restore FILE [--initial-cluster=NAME=URL,...]
                     puts a snapshot in the place of this member's data
env                  settings for etcdctl, as lines for a shell: eval "$(basalt-agent etcd env)"
`;

const works: Readonly<Record<string, Subcommand>> = {
  join: (context) => {
    readArguments(context.arguments, []);
    return told(context, join(context.host, readEtcdSettings(context.host)));
  },
  promote: (context) => {
    readArguments(context.arguments, []);
    const problem = promote(context.host, readEtcdSettings(context.host));
    return told(context, { ok: problem === undefined, text: problem ?? 'this member votes' });
  },
  snapshot: (context) => {
    const { valued } = takeValued(context, '--keep');
    const keep = valued === undefined ? SNAPSHOTS : Number(valued);
    if (!Number.isInteger(keep) || keep < 1)
      throw new CommandError(`--keep=${valued}: a number from 1 is needed`, exitCodes.usage);
    return told(context, saveSnapshot(context.host, readEtcdSettings(context.host), keep));
  },
  defrag: (context) => {
    const { options } = readArguments(context.arguments, ['--force']);
    return told(context, defragment(context.host, readEtcdSettings(context.host), options.has('--force')));
  },
  'defrag-locked': (context) => {
    readArguments(context.arguments, []);
    return told(context, defragmentLocked(context.host, readEtcdSettings(context.host)));
  },
  restore: (context) => {
    const { valued, values } = takeValued(context, '--initial-cluster');
    const [snapshot, more] = values;
    if (snapshot === undefined || more !== undefined)
      throw new CommandError('restore takes one file: the snapshot', exitCodes.usage);
    const settings = readEtcdSettings(context.host);
    const result = restore(context.host, settings, { snapshot, initialCluster: valued });
    if (!result.ok) throw new CommandError(result.text);
    for (const line of result.lines) context.print(line);
    return exitCodes.ok;
  },
  env: (context) => {
    readArguments(context.arguments, []);
    const { clientTls, localEndpoint } = readEtcdSettings(context.host);
    const { trustedCa, certificate, key } = localEndpoint.startsWith('https:') ? clientTls : {};
    const variables = {
      ETCDCTL_ENDPOINTS: localEndpoint,
      ETCDCTL_CACERT: trustedCa,
      ETCDCTL_CERT: certificate,
      ETCDCTL_KEY: key,
    };
    for (const [name, value] of Object.entries(variables))
      if (value !== undefined) context.print(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
    return exitCodes.ok;
  },
};

/** The command. */
export const etcd = withSubcommands({ name: 'etcd', help, works });

function told(
  { host }: CommandContext,
  { ok, text }: { readonly ok: boolean; readonly text: string },
): number {
  host.log(ok ? 'info' : 'error', `etcd: ${text}`);
  return ok ? exitCodes.ok : exitCodes.failed;
}

/** The one option of a command that has a value, `--name=value`, and what else it is given. */
function takeValued(
  { arguments: args }: CommandContext,
  option: string,
): { readonly valued: string | undefined; readonly values: readonly string[] } {
  const is = (argument: string) => argument.startsWith(`${option}=`);
  const { values } = readArguments(
    args.filter((argument) => !is(argument)),
    [],
  );
  return { valued: args.find(is)?.slice(option.length + 1), values };
}
