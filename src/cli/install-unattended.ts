/** `basalt install --unattended` and `--answers`: an installation without questions, and what the machine does afterwards. */
import { readFile } from 'node:fs/promises';
import { exitCodes, UserError } from '../errors.ts';
import type { InstallResult } from '../install/install.ts';
import { engineOf } from '../install/unattended/engine.ts';
import { type Asked, askedByFile, askedByKernel } from '../install/unattended/open-plan.ts';
import { type Leaving, type RoundEnding, runRound } from '../install/unattended/round.ts';
import { readSelf } from '../install/unattended/self.ts';
import { startInstalledNext } from '../install/unattended/sent-to-disk.ts';
import { withScene } from './install-scene.ts';
import { openTelling } from './install-telling.ts';
import { inRounds } from './leave-machine.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

export interface UnattendedInstallOptions extends CommonOptions {
  readonly from?: string;
  /** Answers file; undefined for the kernel's command line. */
  readonly answers?: string;
  /** Undefined when neither --boot-entry nor --no-boot-entry was given. */
  readonly bootEntry?: boolean;
  readonly unattended?: boolean;
  /** What a plan says, and options cannot say besides. */
  readonly disk?: string;
  readonly keepVar?: boolean;
  readonly config?: string;
  readonly list?: boolean;
}

/** In rounds: only a server that is asked what to do is asked again. */
export async function installUnattended(options: UnattendedInstallOptions): Promise<void> {
  await inRounds(() => inRound(options));
}

/** Runs it in a session of its own: what failed is shown before the machine restarts. */
async function inRound(options: UnattendedInstallOptions): Promise<Leaving> {
  let leaving: Leaving = 'stay';
  // Of an earlier round.
  process.exitCode = undefined;
  await inSession(options, async (session) => {
    refuseOthers(options);
    const ending = await installed(session, options);
    leaving = ending.leaving;
    if (ending.kind === 'sent-to-disk') return;
    if (ending.kind === 'failed') throw ending.error;
    const { result } = ending;
    await showResult(session, 'install', result, ({ version, disk }, { paint }) => [
      paint('good', `version ${version} is installed to ${disk}`),
    ]);
  });
  return leaving;
}

/** Two who say what is to be erased. */
function refuseOthers(options: UnattendedInstallOptions): void {
  const { answers, unattended, disk, keepVar, config, list } = options;
  const others = Object.entries({
    unattended: answers && unattended,
    disk,
    'keep-var': keepVar,
    config,
    list,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name}`);
  if (others.length === 0) return;
  throw new UserError(
    'options-contradict',
    'an installation without questions has one place that says what is done',
    {
      seen: `${answers === undefined ? '--unattended' : '--answers'} together with ${others.join(', ')}`,
      needed: 'one of the two',
      exitCode: exitCodes.usage,
    },
  );
}

async function installed(
  session: Session,
  options: UnattendedInstallOptions,
): Promise<RoundEnding<InstallResult>> {
  const { signal } = session;
  const tell = await openTelling(session);
  return runRound<InstallResult>({
    asked: await askedBy(options),
    self: readSelf,
    signal,
    onEvent: tell,
    onNote: (level, text) => tell({ kind: 'note', level, text }),
    withEngine: (work) =>
      withScene(session, options.from, ({ source, programs, isLive }) => {
        if (source === undefined)
          throw new UserError('no-source', 'nothing to install is named', {
            seen: 'this is no live system',
            next: ['name a build: --from out/IMAGE/VERSION', 'or start a live system of the image'],
          });
        const bootEntry = options.bootEntry ?? (isLive && options.from === undefined);
        return work(engineOf({ source, programs, bootEntry }));
      }),
    startInstalledNext: () =>
      withScene(session, undefined, ({ programs }) => startInstalledNext(programs, signal)),
  });
}

async function askedBy({ answers }: UnattendedInstallOptions): Promise<Asked> {
  return answers === undefined
    ? askedByKernel(await readFile('/proc/cmdline', 'utf8'))
    : askedByFile(answers);
}
