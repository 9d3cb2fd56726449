/** `basalt-agent reboot COMMAND`: when this machine may restart, and who may with it. */
import { type CommandContext, CommandError, exitCodes, readArguments } from '../command.ts';
import { etcdLock, lockIdentity, rebootLock } from '../reboot/lock.ts';
import { LockError } from '../reboot/lock-error.ts';
import { heldLock, pendingReboot } from '../reboot/pending.ts';
import { afterGood, cancelReboot, holdByHand, rebootWhenAllowed } from '../reboot/reboot.ts';
import { rebootStatus, rebootStatusText } from '../reboot/status.ts';
import { tendLock } from '../reboot/tend.ts';
import { type Subcommand, withSubcommands } from '../subcommands.ts';
import { readUpdateSettings } from '../update/settings.ts';

const help = `status [--json]         the strategy, the window, what a restart waits for, who holds the lock
request [REASON]        restarts when it is allowed: in the window, with a place in the lock
cancel                  forgets a restart that was asked for
lock                    takes a place in the lock for work by hand; kept over restarts
unlock                  gives this machine's place back
unlock ID [--force]     gives the place of another machine back, by its id or name; --force: also of one that lives
attempt, tend           run by timers while a restart waits, and while this machine holds a place
`;

const works: Readonly<Record<string, Subcommand>> = {
  status: ({ host, arguments: args, print }) => {
    const { options } = readArguments(args, ['--json']);
    const status = rebootStatus(host, readUpdateSettings(host));
    print(options.has('--json') ? JSON.stringify(status, undefined, 2) : rebootStatusText(status));
    return exitCodes.ok;
  },
  request: ({ host, arguments: args }) => {
    const { values } = readArguments(args, []);
    const outcome = rebootWhenAllowed(host, readUpdateSettings(host), values.join(' ') || 'it was asked for');
    if (outcome.kind === 'off') throw new CommandError(outcome.text);
    return exitCodes.ok;
  },
  attempt: ({ host, arguments: args }) => {
    readArguments(args, []);
    const pending = pendingReboot(host);
    const settings = readUpdateSettings(host);
    if (pending === undefined) cancelReboot(host, settings);
    else {
      const outcome = rebootWhenAllowed(host, settings, pending.reason);
      if (outcome.kind === 'off') host.log('info', outcome.text);
    }
    return exitCodes.ok;
  },
  cancel: ({ host, arguments: args, print }) => {
    readArguments(args, []);
    const pending = pendingReboot(host);
    cancelReboot(host, readUpdateSettings(host));
    print(pending === undefined ? 'no restart was asked for' : `forgotten: ${pending.reason}`);
    return exitCodes.ok;
  },
  lock: ({ host, arguments: args, print }) => {
    readArguments(args, []);
    const lock = holdByHand(host, readUpdateSettings(host));
    print(`this machine holds ${lock.name} until basalt-agent reboot unlock`);
    return exitCodes.ok;
  },
  unlock,
  tend: ({ host, arguments: args }) => {
    readArguments(args, []);
    const { ok, text } = tendLock(host, readUpdateSettings(host));
    host.log(ok ? 'info' : 'warning', text);
    return ok ? exitCodes.ok : exitCodes.failed;
  },
};

export const reboot = withSubcommands({
  name: 'reboot',
  help,
  works,
  words: (error) => (error instanceof LockError ? error.message : undefined),
});

function unlock({ host, arguments: args, print }: CommandContext): number {
  const { options, values } = readArguments(args, ['--force']);
  const [wanted, ...more] = values;
  if (more.length > 0) throw new CommandError('unlock takes one machine', exitCodes.usage);
  const settings = readUpdateSettings(host);
  if (wanted === undefined || (settings.strategy === 'etcd-lock' && wanted === lockIdentity(host).id)) {
    if (heldLock(host) === undefined) rebootLock(host, settings)?.release();
    const problem = afterGood(host, settings);
    if (problem !== undefined) throw new CommandError(problem);
    print('this machine holds no place');
    return exitCodes.ok;
  }
  if (settings.strategy !== 'etcd-lock')
    throw new CommandError(
      `reboot-strategy is ${settings.strategy}: places of other machines can be given back with etcd-lock alone`,
    );
  const lock = etcdLock(host, settings);
  const found = lock.holders().filter(({ id, name }) => id === wanted || name === wanted);
  const [holder] = found;
  if (holder === undefined)
    throw new CommandError(`${wanted} holds no place in the lock ${settings.lock.group}`);
  if (found.length > 1)
    throw new CommandError(
      `${found.length} machines are called ${wanted}: name one by its id: ${found.map(({ id }) => id).join(', ')}`,
    );
  if (holder.heard !== undefined && !options.has('--force'))
    throw new CommandError(
      `${holder.name} was heard of at ${holder.heard}, and may be restarting: add --force when it is not`,
    );
  lock.release(holder.id);
  print(`the place of ${holder.name} (${holder.id}) is free`);
  return exitCodes.ok;
}
