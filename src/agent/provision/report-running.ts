/** Tells the server that installed this machine which version runs: once for each version. */
import type { Host } from '../host.ts';
import { postJson } from '../http/post-json.ts';
import { type Attempt, GaveUp, persist } from '../http/retry.ts';
import { runningImage } from '../machine/identity.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { forgetReportTarget, loadReportTarget, type ReportTarget, rememberTold } from './report-target.ts';

/** `again`: later may do better; nothing else does in this boot. */
export type Reported = { readonly kind: 'done' | 'given-up' | 'again'; readonly text: string };

/** For one run; basalt-report.timer has more of them. */
const PATIENCE_MS = 60_000;
const ATTEMPT_LIMIT_MS = 10_000;
/** Of 4xx, these ask for patience: RFC 9110 and RFC 6585 (Too Many Requests), RFC 8470 (Too Early). */
const PATIENT_STATUSES = [408, 425, 429];

/** @throws {HostError} when what is known cannot be written down. */
export function reportRunning(host: Host): Reported {
  try {
    return reportTo(host);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: error instanceof GaveUp && error.passing ? 'again' : 'given-up', text: error.message };
  }
}

function reportTo(host: Host): Reported {
  const target = loadReportTarget(host);
  if (target === undefined) return { kind: 'done', text: 'nobody asked for reports' };
  const { version } = runningImage(host);
  if (target.told === version) return { kind: 'done', text: `the server knows that version ${version} runs` };
  // As when a place in the reboot lock is given back: a machine that is not well does not run, whatever is up.
  if (host.run(['systemctl', 'start', 'boot-complete.target']).exitCode !== 0)
    return { kind: 'again', text: 'this machine is not well, see basalt-agent health status' };
  const status = persist(host, host.monotonicMs() + PATIENCE_MS, 'report', () => tell(host, target, version));
  return concluded(host, target, version, status);
}

function concluded(host: Host, target: ReportTarget, version: string, status: number): Reported {
  const { shown } = target.address;
  if (status === 403 || status === 410) {
    forgetReportTarget(host);
    return {
      kind: 'done',
      text: `${shown} answers ${status}: the token opens nothing any more, and is forgotten`,
    };
  }
  rememberTold(host, target, version);
  return { kind: 'done', text: `${shown} knows that version ${version} runs` };
}

/** @returns The status: one that says yes, or 403 or 410. */
function tell(host: Host, target: ReportTarget, version: string): Attempt<number> {
  const running = post(host, target, { stage: 'running', version });
  if (!('value' in running) || running.value !== 409) return running;
  // The server still waits for the installation, whose last report did not come through. It is over: this is what it made.
  const installed = post(host, target, { stage: 'installed', version });
  if (!('value' in installed) || installed.value >= 400) return asFailure(installed, target.address.shown);
  return asFailure(post(host, target, { stage: 'running', version }), target.address.shown);
}

/** Also 409 comes back: what it means is for the caller. */
function post(host: Host, { address, token }: ReportTarget, body: unknown): Attempt<number> {
  const answer = postJson(host, {
    url: address.text,
    headers: { Authorization: `Bearer ${token}` },
    body,
    timeoutMs: ATTEMPT_LIMIT_MS,
  });
  const { shown } = address;
  if ('problem' in answer) return { reason: `${shown}: ${answer.problem}`, passing: true };
  const { status } = answer;
  if ((status >= 200 && status < 300) || [403, 409, 410].includes(status)) return { value: status };
  return {
    reason: `${shown} answers ${status}`,
    passing: status >= 500 || PATIENT_STATUSES.includes(status),
  };
}

function asFailure(attempt: Attempt<number>, shown: string): Attempt<number> {
  if (!('value' in attempt) || attempt.value !== 409) return attempt;
  return { reason: `${shown} answers 409: it does not take that this machine runs`, passing: false };
}
