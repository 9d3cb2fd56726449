/** What the last look at this machine's health came to: for the update client, and for people. */
import type { Host } from '../host.ts';

/** Read by the update client after a restart: why a version did not become good. */
export interface HealthRecord {
  /** IMAGE_VERSION of the version that was looked at. */
  readonly version: string;
  readonly bootId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly good: boolean;
  /** Empty when it is good. */
  readonly problems: readonly string[];
}

/** The script that falls back (images/base) writes the same form when a boot hangs. */
const HEALTH_FILE = '/var/lib/basalt/update/health.json';

/** @returns Undefined when there was none yet, or its file is cut off. */
export function loadHealth(host: Host): HealthRecord | undefined {
  const text = host.readText(HEALTH_FILE);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as HealthRecord;
    return Array.isArray(record.problems) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** @throws {HostError} */
export function saveHealth(host: Host, record: HealthRecord): void {
  host.writeFile(HEALTH_FILE, `${JSON.stringify(record)}\n`);
}
