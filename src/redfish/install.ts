/**
 * An installation from an ISO: the medium goes in, the machine restarts from it once, and when the installer has restarted it
 * the medium comes out. It can be run again at any moment: it looks at what is there, and does the rest.
 */
import { InterruptedError, UserError } from '../errors.ts';
import type { Bmc } from './bmc.ts';
import { awaitsBoot, setBootOnce } from './boot.ts';
import type { InstallRecords, InstallStage } from './install-record.ts';
import { type Ending, untilOver, untilUp } from './install-watch.ts';
import { imageUrl, isMounted, mount, shownUrl, unmount } from './media.ts';
import { untilSeen } from './pace.ts';
import { type PowerOptions, setPower } from './power.ts';
import { readProgress } from './progress.ts';

export interface InstallOptions {
  readonly iso: string;
  readonly records: InstallRecords;
  /** Start over, whatever is there. */
  readonly again: boolean;
  /** Stay until the installation is over. */
  readonly follow: boolean;
  /** Takes out what else is in the drive. */
  readonly replace: boolean;
  readonly power: PowerOptions;
  readonly mediaLimitMs: number;
  /** For the whole of the installation, from the restart on. */
  readonly limitMs: number;
}

export interface Installed {
  readonly image: string;
  /** `installed`: over, and the medium is out. `started`: it goes on, unwatched. */
  readonly state: 'installed' | 'started';
  /** What showed that it was over; undefined when it was so before, or goes on. */
  readonly seen: Ending | undefined;
  /** False when there was nothing to do. */
  readonly changed: boolean;
}

export async function install(bmc: Bmc, options: InstallOptions): Promise<Installed> {
  const image = imageUrl(options.iso);
  const shown = shownUrl(image);
  const done = (stage: InstallStage, resetAt?: string) => options.records.write(bmc, image, stage, resetAt);
  const stage = await whereItStands(bmc, image, options);
  if (stage === 'done') {
    const out = await unmount(bmc, image, options.mediaLimitMs);
    return { image: shown, state: 'installed', seen: undefined, changed: out.length > 0 };
  }
  try {
    if (stage !== 'started') await start(bmc, image, options, done);
    if (!options.follow)
      return { image: shown, state: 'started', seen: undefined, changed: stage !== 'started' };
    const ending = await untilOver(bmc, image, options);
    bmc.client.say(
      ending === 'restarted'
        ? 'the installer has restarted the machine'
        : 'the installer has turned the machine off',
    );
    await unmount(bmc, image, options.mediaLimitMs);
    if (ending === 'powered-off') await setPower(bmc, 'on', options.power);
    await untilUp(bmc, options.limitMs);
    await done('done');
    return { image: shown, state: 'installed', seen: ending, changed: true };
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(
      error.message,
      `${shown} may be in the drive of ${bmc.client.shown}; run the same again to go on`,
    );
  }
}

/** What was done before. @throws {UserError} when going on could end an installation that is under way. */
async function whereItStands(
  bmc: Bmc,
  image: string,
  options: InstallOptions,
): Promise<InstallStage | undefined> {
  if (options.again) return undefined;
  const record = await options.records.read(bmc, image);
  const known = record?.stage;
  if (known === 'done' || known === 'started') return known;
  const mounted = await isMounted(bmc, image);
  const waits = await awaitsBoot(bmc, 'cd');
  const { power, resetAt } = await readProgress(bmc);
  // It was turned off and on, and only that was not noted: once more would end what goes on there.
  const wasReset = record?.resetAt !== undefined && resetAt !== undefined && resetAt !== record.resetAt;
  if (known === 'restarting' && power === 'On' && (waits === false || wasReset)) {
    await options.records.write(bmc, image, 'started', wasReset ? resetAt : undefined);
    return 'started';
  }
  if (known !== undefined || !mounted || power !== 'On' || waits === true) return known;
  throw new UserError(
    'bmc-install-unclear',
    'this image is in the drive of a running machine, and nothing says why',
    {
      where: bmc.client.shown,
      seen: 'an installation may be under way that was not started from here',
      needed: 'a machine that a restart does not harm',
      next: [
        'look at its console, or at `./basalt redfish status`',
        'start it over with --again, or take the medium out with `./basalt redfish unmount`',
      ],
    },
  );
}

async function start(
  bmc: Bmc,
  image: string,
  options: InstallOptions,
  done: (stage: InstallStage, resetAt?: string) => Promise<void>,
): Promise<void> {
  await done('mounting');
  await mount(bmc, image, { limitMs: options.mediaLimitMs, replace: options.replace });
  await done('mounted');
  await setBootOnce(bmc, 'cd');
  await done('boot-set');
  bmc.client.say('restarting from the virtual CD');
  const { resetAt: before } = await readProgress(bmc);
  await done('restarting', before);
  await setPower(bmc, 'restart', options.power);
  await done('started', await nextReset(bmc, before, options));
}

/** When the machine came out of this restart, which BMCs notice late; undefined when they do not tell. */
async function nextReset(
  bmc: Bmc,
  before: string | undefined,
  { power }: InstallOptions,
): Promise<string | undefined> {
  if (before === undefined) return (await readProgress(bmc)).resetAt;
  const { pace, signal } = bmc.client;
  const look = async () => {
    const { resetAt } = await readProgress(bmc);
    return resetAt === before ? undefined : resetAt;
  };
  return untilSeen(look, { limitMs: power.limitMs, pollMs: pace.pollMs, signal });
}
