/** Looks at this machine until it is well, or time is over. */
import type { Host } from '../host.ts';
import { bootId, runningImage } from '../machine/identity.ts';
import type { HealthSettings } from '../update/settings.ts';
import { checkEtcd } from './etcd.ts';
import type { Finding } from './finding.ts';
import type { HealthRecord } from './record.ts';
import { checkUnits } from './units.ts';
import { runUserChecks } from './user-checks.ts';

const PAUSE_MS = 5000;

export interface HealthResult {
  readonly record: HealthRecord;
  readonly warnings: readonly string[];
}

/**
 * @param patienceMs How long to wait for what may end well by itself; 0: one look.
 */
export function checkHealth(
  host: Host,
  settings: Pick<HealthSettings, 'allowDegraded'>,
  patienceMs: number,
): HealthResult {
  const startedMs = host.monotonicMs();
  const passed = new Set<string>();
  let told = '';
  for (;;) {
    const findings: Finding[] = [
      checkUnits(host, settings.allowDegraded),
      checkEtcd(host),
      runUserChecks(host, passed),
    ];
    const problems = findings.flatMap((finding) => [...finding.problems, ...finding.waitsFor]);
    const over = host.monotonicMs() - startedMs + PAUSE_MS > patienceMs;
    if (problems.length === 0 || over) {
      const record = {
        version: runningImage(host).version,
        bootId: bootId(host),
        at: new Date(host.nowMs()).toISOString(),
        good: problems.length === 0,
        problems,
      };
      return { record, warnings: findings.flatMap(({ warnings }) => warnings) };
    }
    const now = problems.join('; ');
    if (now !== told) host.log('info', `not well yet: ${now}`);
    told = now;
    host.sleep(PAUSE_MS);
  }
}
