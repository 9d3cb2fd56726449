/** One report to the server: docs/provisioning.md, "What the installer sees". */
import type { Attempt } from './patience.ts';
import type { ReportTarget } from './plan.ts';
import { requestFailure } from './request-failure.ts';

/** What can be reported by an installer. */
export type InstallReport =
  | { readonly stage: 'loading' }
  /** 0 to 100, whole. */
  | { readonly stage: 'installing'; readonly percent: number }
  | { readonly stage: 'installed'; readonly version: string }
  | { readonly stage: 'failed'; readonly message: string };

/** Of 4xx, these ask for patience: RFC 9110 and RFC 6585 (Too Many Requests), RFC 8470 (Too Early). */
const PATIENT_STATUSES = new Set([408, 425, 429]);

/** A failure: `refused` when the token opens nothing any more, so that no other report will be taken. */
export type PostAttempt = Attempt<true> & { readonly refused?: boolean };

/** Reports may be repeated: the server takes the same one twice. @throws only when the signal is aborted. */
export async function postReport(
  { url, token }: ReportTarget,
  report: InstallReport,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<PostAttempt> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(report),
      // A redirect would take the token elsewhere.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    });
    await response.body?.cancel();
    if (response.ok) return { value: true };
    const { status } = response;
    if (status === 403 || status === 410)
      return {
        reason: `it answers ${status}: the token opens nothing any more`,
        passing: false,
        refused: true,
      };
    const reason = status === 409 ? 'it answers 409: this makes no sense to it now' : `it answers ${status}`;
    return { reason, passing: status >= 500 || PATIENT_STATUSES.has(status) };
  } catch (error) {
    signal.throwIfAborted();
    return { reason: requestFailure(error).reason, passing: true };
  }
}
