/** What `basalt-agent status` tells: the shape of its --json, documented in docs/agent.md. */
import type { Host } from '../host.ts';
import { loadReport, type RunReport } from '../report/run-report.ts';
import { nothingPlaced } from '../state/placed.ts';
import { loadGood, loadPending, loadPlaced } from '../state/state.ts';
import { type Difference, differences } from './differences.ts';

export interface StatusReport {
  readonly basaltAgentStatus: 1;
  /** The agent's own. */
  readonly version: string;
  /**
   * `in-force`: what was found is applied. `kept`: what was found is not, and an earlier configuration is in force.
   * `refused`: what was found is not, and nothing else is. `none`: nothing was found, now or ever. `not-run`: the agent
   * has not ended a run in this boot.
   */
  readonly state: 'in-force' | 'kept' | 'refused' | 'none' | 'not-run';
  /** The configuration that is in force. */
  readonly configuration: {
    readonly source: string;
    readonly where: string;
    /** ISO 8601. */
    readonly appliedAt: string;
    readonly kind: 'cloud-config' | 'script' | 'metadata';
  } | null;
  readonly lastRun: RunReport | null;
  /** A run was cut off: the next one finishes it or takes it back. */
  readonly pending: boolean;
  readonly differences: readonly Difference[];
  readonly placed: {
    readonly files: readonly string[];
    readonly users: readonly string[];
    readonly units: readonly string[];
  };
}

/** @throws {HostError|CommandError} */
export function statusReport(host: Host, version: string): StatusReport {
  const good = loadGood(host);
  const pending = loadPending(host);
  const placed = loadPlaced(host) ?? nothingPlaced;
  const lastRun = loadReport(host) ?? null;
  return {
    basaltAgentStatus: 1,
    version,
    state: stateOf(lastRun),
    configuration:
      good === undefined
        ? null
        : { source: good.source, where: good.where, appliedAt: good.at, kind: kindOf(good.userData) },
    lastRun,
    pending: pending !== undefined,
    differences: differences(host, placed),
    placed: {
      files: placed.paths.filter(({ kind }) => kind !== 'absent').map(({ path }) => path),
      users: placed.users.filter(({ locked }) => !locked).map(({ name }) => name),
      units: placed.enabled.map(({ unit }) => unit),
    },
  };
}

function stateOf(lastRun: RunReport | null): StatusReport['state'] {
  switch (lastRun?.outcome) {
    case undefined:
      return 'not-run';
    case 'applied':
    case 'unchanged':
      return 'in-force';
    default:
      return lastRun?.outcome ?? 'not-run';
  }
}

function kindOf(userData: string | undefined): 'cloud-config' | 'script' | 'metadata' {
  if (userData === undefined) return 'metadata';
  return userData.replace(/^\ufeff/, '').startsWith('#!') ? 'script' : 'cloud-config';
}
