/** An installation without questions, from the plan to what the machine does afterwards. */
import type { InstallDisk } from '../disk.ts';
import { type InstallEvent, installPercent } from '../events.ts';
import type { InstallRequest } from '../request.ts';
import { addToConfig } from './add-to-config.ts';
import { readConfig } from './config.ts';
import { unreachable, waitForServer } from './network.ts';
import type { Afterwards, ReportTarget, UnattendedPlan } from './plan.ts';
import { Reporter } from './reporter.ts';
import { secretsOf } from './token.ts';
import { failureText, withoutSecretsIn } from './told-failure.ts';

/** What was installed, as far as it matters here. */
export interface Installed {
  readonly version: string;
}

/** The engine, as an installation without questions uses it. */
export interface Engine<Result extends Installed> {
  /** The one disk that a selector names. @throws {UserError} when it is none, or several. */
  chooseDisk(selector: string, signal: AbortSignal): Promise<InstallDisk>;
  install(
    request: InstallRequest,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: InstallEvent) => void },
  ): Promise<Result>;
  /** Has the firmware start from the disk next, where it lets itself be told. @returns Why not; undefined when it will. */
  startFromDiskNext(result: Result): Promise<string | undefined>;
}

/** How long things of the network are waited for, in ms. */
export interface Limits {
  /** A server with the configuration: DHCP of a slow switch port takes half a minute. */
  readonly configMs: number;
  /** A server that is only told things. */
  readonly reportMs: number;
  /** The last report. */
  readonly finalReportMs: number;
}

export const usualLimits: Limits = { configMs: 120_000, reportMs: 30_000, finalReportMs: 120_000 };

export interface UnattendedOptions<Result extends Installed> {
  readonly plan: UnattendedPlan;
  readonly engine: Engine<Result>;
  readonly signal: AbortSignal;
  readonly onEvent: (event: InstallEvent) => void;
  readonly onNote: (level: 'info' | 'warning', text: string) => void;
  readonly limits?: Limits;
}

/** How it ended, and what is to be done with the machine. */
export type Ending<Result> =
  | { readonly kind: 'installed'; readonly result: Result; readonly next: Afterwards }
  | {
      readonly kind: 'failed';
      /** Without secrets. */
      readonly error: unknown;
      /**
       * `restart`: the server has asked for this installation, knows that it failed, and counts attempts. `stay`: a person is
       * to look; restarting would begin it anew for ever.
       */
      readonly next: 'restart' | 'stay';
    };

/** Never throws for what goes wrong with the installation: that is how it ended. */
export async function runUnattended<Result extends Installed>(
  options: UnattendedOptions<Result>,
): Promise<Ending<Result>> {
  const { plan, onNote, limits = usualLimits } = options;
  const reporter = plan.report === undefined ? undefined : reporterTo(plan.report, options);
  try {
    const result = await carryOut(options, reporter, limits);
    const unknown = await reporter?.installed(result.version);
    if (unknown !== undefined)
      onNote('warning', `the server does not know that the machine is installed: ${unknown}`);
    return { kind: 'installed', result, next: plan.afterwards };
  } catch (error) {
    return endFailed(error, { ...options, secrets: secretsOf(plan) }, reporter);
  }
}

/** How it ends when there is no plan to carry out, or nothing to carry it out with. */
export function failedBefore(
  error: unknown,
  report: ReportTarget | undefined,
  options: Pick<UnattendedOptions<Installed>, 'signal' | 'onNote' | 'limits'>,
): Promise<Ending<never>> {
  const secrets = secretsOf({ config: undefined, report });
  return endFailed(
    error,
    { ...options, secrets },
    report === undefined ? undefined : reporterTo(report, options),
  );
}

async function endFailed(
  cause: unknown,
  {
    signal,
    onNote,
    secrets,
  }: Pick<UnattendedOptions<Installed>, 'signal' | 'onNote'> & { readonly secrets: readonly string[] },
  reporter: Reporter | undefined,
): Promise<Ending<never>> {
  const error = withoutSecretsIn(cause, secrets);
  const isInterrupted = signal.aborted;
  const unknown = await reporter?.failed(
    isInterrupted ? 'the installation was interrupted at the console' : failureText(error),
  );
  if (unknown !== undefined) onNote('warning', `the server does not know of the failure: ${unknown}`);
  return { kind: 'failed', error, next: reporter === undefined || isInterrupted ? 'stay' : 'restart' };
}

function reporterTo(
  target: ReportTarget,
  { onNote, limits = usualLimits }: Pick<UnattendedOptions<Installed>, 'onNote' | 'limits'>,
): Reporter {
  return new Reporter({ target, finalPatienceMs: limits.finalReportMs, onNote });
}

async function carryOut<Result extends Installed>(
  { plan, engine, signal, onEvent, onNote }: UnattendedOptions<Result>,
  reporter: Reporter | undefined,
  limits: Limits,
): Promise<Result> {
  await reachServers(plan, limits, signal, onNote);
  reporter?.loading();
  // Before the configuration, which may open only once.
  const disk = await engine.chooseDisk(plan.disk, signal);
  onNote('info', `installing to ${disk.path}${disk.model === undefined ? '' : `, ${disk.model}`}`);
  const config =
    plan.config === undefined
      ? undefined
      : await readConfig(plan.config, { signal, patienceMs: limits.configMs });
  const cloudConfig = addToConfig(config, plan.added);
  for (const { file, line, message, hint } of config?.warnings ?? [])
    onNote(
      'warning',
      `${line === 0 ? file : `${file}:${line}`}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
    );
  signal.throwIfAborted();
  reporter?.installing(0);
  const result = await engine.install(
    { disk: disk.path, chosen: disk, keepVar: plan.keepVar, cloudConfig, report: plan.report },
    {
      signal,
      onEvent: (event) => {
        const percent = installPercent(event);
        if (percent !== undefined) reporter?.installing(percent);
        onEvent(event);
      },
    },
  );
  const notNext = await engine.startFromDiskNext(result);
  if (notNext !== undefined) onNote('info', `the firmware chooses itself what it starts next: ${notNext}`);
  return result;
}

/** The network comes up while the machine starts: what is needed of it is waited for, and nothing else. */
async function reachServers(
  { config, report }: UnattendedPlan,
  limits: Limits,
  signal: AbortSignal,
  onNote: UnattendedOptions<Installed>['onNote'],
): Promise<void> {
  if (config?.kind === 'url') {
    const reason = await waitForServer(config.url, limits.configMs, signal);
    if (reason !== undefined)
      throw unreachable('the server with the configuration', config.url, reason, limits.configMs);
    if (report === undefined || new URL(report.url).host === new URL(config.url).host) return;
  }
  if (report === undefined) return;
  const reason = await waitForServer(report.url, limits.reportMs, signal);
  if (reason !== undefined)
    onNote(
      'warning',
      `${new URL(report.url).host}, which is to be told how far it is, cannot be reached: ${reason}`,
    );
}
