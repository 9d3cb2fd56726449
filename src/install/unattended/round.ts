/** One round of an installation without questions: what is asked for, the installation, and what comes after it. */
import type { InstallEvent } from '../events.ts';
import type { Asked, OpenPlanOptions } from './open-plan.ts';
import type { Afterwards, Opened, ReportTarget } from './plan.ts';
import {
  type Ending,
  type Engine,
  failedBefore,
  type Installed,
  type Limits,
  runUnattended,
  usualLimits,
} from './run-unattended.ts';

/**
 * What is done with the machine. `restart`: after a while in which somebody may read why. `stay`: a person is to look.
 * `ask-again`: the server is asked again soon, and counts attempts. `ask-later`: it sent the machine to its disk, and changes its
 * mind only when a person does.
 */
export type Leaving = Afterwards | 'restart' | 'stay' | 'ask-again' | 'ask-later';

/** How a round ended. A machine that a server sent to its disk has neither failed nor been installed. */
export type RoundEnding<Result> =
  | (Ending<Result> & { readonly leaving: Leaving })
  | { readonly kind: 'sent-to-disk'; readonly leaving: Leaving };

export interface RoundOptions<Result extends Installed> {
  readonly asked: Asked;
  readonly self: OpenPlanOptions['self'];
  readonly signal: AbortSignal;
  readonly onEvent: (event: InstallEvent) => void;
  readonly onNote: (level: 'info' | 'warning', text: string) => void;
  /** Opens what an installation needs, for the time of `work`. */
  readonly withEngine: (work: (engine: Engine<Result>) => Promise<Ending<Result>>) => Promise<Ending<Result>>;
  /** Has the firmware start what is installed already. @returns Why not; undefined when it will. */
  readonly startInstalledNext: () => Promise<string | undefined>;
  readonly limits?: Limits;
}

/** Never throws for what goes wrong: that is how it ended. */
export async function runRound<Result extends Installed>(
  options: RoundOptions<Result>,
): Promise<RoundEnding<Result>> {
  const { asked, self, signal, onEvent, onNote, withEngine, limits = usualLimits } = options;
  const left = (ending: Ending<Result>): RoundEnding<Result> => {
    // It need not start anew for that; a medium that is started once would be gone.
    const mayAskAgain = ending.kind === 'failed' && asked.asksServer && !signal.aborted;
    return { ...ending, leaving: mayAskAgain ? 'ask-again' : ending.next };
  };
  let { report } = asked;
  const onReport = (target: ReportTarget) => {
    report = target;
  };
  try {
    const opened = await asked.open({ signal, patienceMs: limits.configMs, self, onReport });
    if (opened.kind === 'disk') return await sentToDisk(opened, options);
    const { plan } = opened;
    report = plan.report;
    return left(
      await withEngine((engine) => runUnattended({ plan, engine, signal, onEvent, onNote, limits })),
    );
  } catch (error) {
    return left(await failedBefore(error, report, { signal, onNote, limits }));
  }
}

/** A machine that is installed starts its disk. One that is refused waits for a person, who mends it on the server. */
async function sentToDisk<Result extends Installed>(
  { lines, isInstalled }: Extract<Opened, { kind: 'disk' }>,
  { onNote, signal, startInstalledNext }: RoundOptions<Result>,
): Promise<RoundEnding<Result>> {
  onNote('info', 'the server says that nothing is to be installed now:');
  for (const line of lines) onNote('info', line);
  if (!isInstalled) return { kind: 'sent-to-disk', leaving: 'ask-later' };
  const notNext = await startInstalledNext();
  if (signal.aborted) return { kind: 'sent-to-disk', leaving: 'stay' };
  if (notNext === undefined) return { kind: 'sent-to-disk', leaving: 'restart' };
  onNote('warning', `the firmware cannot be told to start from the disk: ${notNext}`);
  return { kind: 'sent-to-disk', leaving: 'ask-later' };
}
