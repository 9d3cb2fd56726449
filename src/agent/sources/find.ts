/** Finds a machine's configuration: asks the sources in their order. */
import { type Host, HostError } from '../host.ts';
import { azure } from './azure.ts';
import { configDrive } from './config-drive.ts';
import { ec2 } from './ec2.ts';
import { esp } from './esp.ts';
import { fwCfg } from './fw-cfg.ts';
import { gce } from './gce.ts';
import { image } from './image.ts';
import { kernelCommandLine } from './kernel-command-line.ts';
import { searchLimitMs, sourceLimitsMs } from './limits.ts';
import { noMetadata, saysNothing } from './metadata.ts';
import { noCloud } from './nocloud.ts';
import { type Found, type Source, SourceError, type SourceName } from './source.ts';
import { vmware } from './vmware.ts';

/** In the order of `sourceNames`. */
export const sources: readonly Source[] = [
  kernelCommandLine,
  fwCfg,
  vmware,
  ec2,
  gce,
  azure,
  noCloud,
  configDrive,
  esp,
  image,
];

/** Sources that say what machine this is, besides what it should be. */
const platforms: ReadonlySet<SourceName> = new Set([
  'vmware',
  'ec2',
  'gce',
  'azure',
  'nocloud',
  'config-drive',
]);

export interface FindOptions {
  /** Other than all, for tests. */
  readonly sources?: readonly Source[];
  /** For all together. */
  readonly limitMs?: number;
}

/**
 * What the sources gave. Four cases:
 * - `found.userData`: apply it, with `found.metadata`, whatever else failed.
 * - no `found.userData`, nothing failed: the machine has no user data (any more).
 * - no `found.userData`, something failed: not known; keep what was applied before. `found.metadata`, if any, is good.
 */
export interface Search {
  readonly found: Found | undefined;
  readonly failed: readonly SourceError[];
}

/**
 * The first source with user data decides. A source that is there and cannot be read ends the search for user data:
 * a later source would give a configuration that its owner meant to be overruled. What the platform says (hostname,
 * keys, addresses) is taken from the first platform that can be read, wherever the user data came from.
 */
export function findConfiguration(host: Host, options: FindOptions = {}): Search {
  const endMs = host.monotonicMs() + (options.limitMs ?? searchLimitMs);
  const failed: SourceError[] = [];
  let decided = false;
  let userData: Found | undefined;
  let platform: Found | undefined;
  for (const source of options.sources ?? sources) {
    const isPlatform = platforms.has(source.name);
    if (decided && (!isPlatform || platform !== undefined)) continue;
    const result = ask(host, source, endMs);
    if (result instanceof SourceError) {
      failed.push(result);
      decided = true;
      continue;
    }
    if (result === undefined) continue;
    if (isPlatform && platform === undefined && !saysNothing(result.metadata)) platform = result;
    if (decided || result.userData === undefined) continue;
    userData = result;
    decided = true;
  }
  const metadata = platform?.metadata ?? userData?.metadata ?? noMetadata;
  const found = userData ?? platform;
  return { found: found && { ...found, userData: userData?.userData, metadata }, failed };
}

function ask(host: Host, source: Source, endMs: number): Found | undefined | SourceError {
  try {
    if (!source.isHere(host)) return undefined;
    const startedMs = host.monotonicMs();
    return source.read(host, Math.min(startedMs + sourceLimitsMs[source.name], endMs));
  } catch (error) {
    if (error instanceof SourceError) return error;
    if (error instanceof HostError) return new SourceError(source.name, error.doing, error.reason);
    // A defect in one source, or what QuickJS throws when its stack ends: the machine should still come up as it was.
    return new SourceError(source.name, 'it', `this is a defect of the agent: ${error}`);
  }
}
