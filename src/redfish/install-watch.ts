/** Watching an installation from outside: what a BMC shows of its end, and of the machine that comes up after it. */
import type { UserError } from '../errors.ts';
import type { Bmc } from './bmc.ts';
import { awaitsBoot } from './boot.ts';
import { tooLate } from './failure.ts';
import type { InstallRecords } from './install-record.ts';
import { shownUrl } from './media.ts';
import { pause, untilSeen } from './pace.ts';
import { isInSystem, type Progress, readProgress, sayProgress } from './progress.ts';

/** `restarted`: by the installer. `powered-off`: by the installer; it is on again now. */
export type Ending = 'restarted' | 'powered-off';

export interface WatchOptions {
  readonly limitMs: number;
  readonly records: InstallRecords;
}

/**
 * Watches for the end: the machine turns off, or restarts after it has started from the medium. A restart shows in
 * BootProgress, which goes back from the operating system's stages to the firmware's, and in LastResetTime.
 */
export async function untilOver(
  bmc: Bmc,
  image: string,
  { limitMs, records }: WatchOptions,
): Promise<Ending> {
  const { client } = bmc;
  const { pace, signal } = client;
  const endMs = performance.now() + limitMs;
  // The restart may have come while nobody watched.
  let resetAt = (await records.read(bmc, image))?.resetAt;
  let taken = false;
  let wasInSystem = false;
  let told = '';
  let blindness = false;
  for (;;) {
    const now = await readProgress(bmc);
    if (sayProgress(now) !== told) client.say(sayProgress(now));
    told = sayProgress(now);
    if (!taken && now.power === 'On' && (isInSystem(now) || (await awaitsBoot(bmc, 'cd')) !== true)) {
      taken = true;
      client.say('the machine has started from the medium');
    }
    if (taken) {
      if (now.power === 'Off' && (await isOffForGood(bmc))) return 'powered-off';
      if (now.power === 'On' && restarted(now, wasInSystem, resetAt)) return 'restarted';
      wasInSystem ||= isInSystem(now);
      // Not before the system runs: BMCs notice resets late, and this one must not be taken for the installer's.
      if (resetAt === undefined && now.resetAt !== undefined && (wasInSystem || now.stage === undefined)) {
        resetAt = now.resetAt;
        await records.write(bmc, image, 'started', resetAt);
      }
    }
    if (taken && !blindness && now.stage === undefined && now.resetAt === undefined) {
      blindness = true;
      client.say(
        'this BMC tells only the power: the end is seen when the installer turns the machine off',
        'warning',
      );
    }
    if (performance.now() > endMs) throw unseen(bmc, limitMs, shownUrl(image), now, taken);
    await pause(pace.pollMs, signal);
  }
}

function restarted(now: Progress, wasInSystem: boolean, resetAt: string | undefined): boolean {
  if (wasInSystem && now.stage !== undefined && !isInSystem(now)) return true;
  return resetAt !== undefined && now.resetAt !== undefined && now.resetAt !== resetAt;
}

/** A restart may pass through Off. */
async function isOffForGood(bmc: Bmc): Promise<boolean> {
  const { pace, signal } = bmc.client;
  const look = async () => ((await readProgress(bmc)).power === 'Off' ? undefined : true);
  return (await untilSeen(look, { limitMs: 3 * pace.pollMs, pollMs: pace.pollMs, signal })) === undefined;
}

/** Until the installed system runs, as far as the BMC tells. */
export async function untilUp(bmc: Bmc, limitMs: number): Promise<void> {
  const { pace, signal } = bmc.client;
  const look = async () => {
    const now = await readProgress(bmc);
    return now.power === 'On' && (now.stage === undefined || now.stage === 'OSRunning') ? true : undefined;
  };
  if (await untilSeen(look, { limitMs, pollMs: pace.pollMs, signal })) return;
  throw tooLate(
    'the machine was installed, but does not come up',
    bmc.client.shown,
    sayProgress(await readProgress(bmc)),
    ['look at its console: does it boot from its disk?'],
  );
}

function unseen(bmc: Bmc, limitMs: number, shown: string, now: Progress, taken: boolean): UserError {
  const summary = taken
    ? 'the end of the installation was not seen'
    : 'the machine did not start from the medium';
  return tooLate(
    summary,
    bmc.client.shown,
    `${sayProgress(now)} after ${limitMs / 1000} s; ${shown} is in the drive still`,
    [
      taken
        ? 'look at its console; when it is installed, take the medium out with `./basalt redfish unmount`'
        : 'look at its console: is the virtual CD among what it can boot from, in UEFI mode?',
      'run the same again to go on watching',
    ],
  );
}
