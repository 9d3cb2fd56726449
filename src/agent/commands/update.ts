/** `basalt-agent update COMMAND`: versions of the system, in and out. */
import { type CommandContext, CommandError, exitCodes, readArguments } from '../command.ts';
import { type Host, HostError } from '../host.ts';
import { cancelReboot, rebootWhenAllowed } from '../reboot/reboot.ts';
import { type Subcommand, withSubcommands } from '../subcommands.ts';
import { noteBoot, noteGood } from '../update/after-boot.ts';
import { UpdateFailure } from '../update/failure.ts';
import { rollBack } from '../update/rollback.ts';
import { readUpdateSettings } from '../update/settings.ts';
import { changeUpdateState, type LastWork, loadUpdateState, timestamp } from '../update/state.ts';
import { updateStatus, updateStatusText } from '../update/status.ts';
import { check, type Outcome, take } from '../update/take.ts';

const help = `status [--json]      what runs, what was tried and what came of it, what happens next
check                looks at the channel; writes nothing
apply [--reboot]     writes what is newer to the passive slot; --reboot: and restarts when that is allowed
rollback [--reboot]  has the other slot's version start next; needs no network
allow VERSION        forgets that a version was rejected on this machine
run                  by basalt-update.timer: apply --reboot, if a server is set
boot, good           by units: what came of the last update
`;

const works: Readonly<Record<string, Subcommand>> = {
  status: ({ host, arguments: args, print }) => {
    const { options } = readArguments(args, ['--json']);
    const status = updateStatus(host, readUpdateSettings(host));
    print(options.has('--json') ? JSON.stringify(status, undefined, 2) : updateStatusText(status));
    return exitCodes.ok;
  },
  check: (context) => {
    readArguments(context.arguments, []);
    const outcome = recorded(context.host, 'check', () =>
      check(context.host, readUpdateSettings(context.host)),
    );
    told(context, outcome);
    return exitCodes.ok;
  },
  apply: (context) => {
    const { options } = readArguments(context.arguments, ['--reboot']);
    return carriedOut(context, 'update', options.has('--reboot'), () =>
      take(context.host, readUpdateSettings(context.host)),
    );
  },
  rollback: (context) => {
    const { options } = readArguments(context.arguments, ['--reboot']);
    return carriedOut(context, 'rollback', options.has('--reboot'), () => rollBack(context.host));
  },
  allow: ({ host, arguments: args, print }) => {
    const { values } = readArguments(args, []);
    const [version, ...more] = values;
    if (version === undefined || more.length > 0)
      throw new CommandError('allow takes one version', exitCodes.usage);
    const { rejected } = loadUpdateState(host);
    if (!rejected.some((each) => each.version === version)) {
      const names = rejected.map((each) => each.version).join(', ') || 'none';
      throw new CommandError(`version ${version} is not rejected on this machine; rejected: ${names}`);
    }
    changeUpdateState(host, { rejected: rejected.filter((each) => each.version !== version) });
    print(`version ${version} is taken again when the channel has it`);
    return exitCodes.ok;
  },
  run: (context) => {
    readArguments(context.arguments, []);
    const settings = readUpdateSettings(context.host);
    if (settings.server === undefined) {
      context.host.log('info', 'update: no update server is set: nothing is looked for');
      return exitCodes.ok;
    }
    return carriedOut(context, 'update', true, () => take(context.host, settings));
  },
  boot: ({ host, arguments: args }) => {
    readArguments(args, []);
    noteBoot(host);
    return exitCodes.ok;
  },
  good: ({ host, arguments: args }) => {
    readArguments(args, []);
    if (!noteGood(host)) host.log('warning', 'update: the running version is not marked good yet');
    return exitCodes.ok;
  },
};

export const update = withSubcommands({
  name: 'update',
  help,
  works,
  words: (error) => (error instanceof UpdateFailure ? sentence(error) : undefined),
});

function carriedOut(
  context: CommandContext,
  what: LastWork['what'],
  reboot: boolean,
  work: () => Outcome,
): number {
  const { host } = context;
  const outcome = recorded(host, what, work);
  told(context, outcome);
  if (outcome.waiting === undefined && what === 'rollback') cancelReboot(host, readUpdateSettings(host));
  if (outcome.waiting === undefined || !reboot) return exitCodes.ok;
  const reason =
    what === 'rollback' ? `back to version ${outcome.waiting}` : `version ${outcome.waiting} is written`;
  const restart = rebootWhenAllowed(host, readUpdateSettings(host), reason);
  if (restart.kind === 'off') host.log('info', restart.text);
  return exitCodes.ok;
}

/** Whatever comes of it is what `update status` says. */
function recorded(host: Host, what: LastWork['what'], work: () => Outcome): Outcome {
  try {
    const outcome = work();
    changeUpdateState(host, {
      last: { what, at: timestamp(host), ok: true, text: outcome.text, next: outcome.next },
      ...(what === 'update' && { work: undefined }),
    });
    return outcome;
  } catch (error) {
    if (!(error instanceof UpdateFailure || error instanceof HostError)) throw error;
    const next = error instanceof UpdateFailure ? error.about.next : undefined;
    remember(host, {
      what,
      at: timestamp(host),
      ok: false,
      text: error.message,
      next: next ?? (what === 'update' ? 'it is tried again by itself' : undefined),
    });
    throw error;
  }
}

/** A disk that cannot be written is told by the failure itself. */
function remember(host: Host, last: LastWork): void {
  try {
    changeUpdateState(host, last.what === 'update' ? { last, work: undefined } : { last });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    host.log('error', `update: ${error.message}`);
  }
}

function told({ host, print }: CommandContext, { text, next }: Outcome): void {
  const line = next === undefined ? text : `${text}: ${next}`;
  if (host.environment('JOURNAL_STREAM') === undefined) print(line);
  else host.log('info', `update: ${line}`);
}

function sentence({ message, about }: UpdateFailure): string {
  return about.next === undefined ? message : `${message}\n${about.next}`;
}
