/** What runs. */

import type { Host } from '../host.ts';
import { runningImage } from '../machine/identity.ts';
import { UpdateFailure } from './failure.ts';
import { type BootEntry, bootEntries, entriesOf } from './slots/boot-entries.ts';

export interface Running {
  readonly image: string;
  readonly version: string;
}

/** @throws {UpdateFailure} when the image does not say. */
export function readRunning(host: Host): Running {
  const running = runningImage(host);
  if (running.image === '' || running.version === '')
    throw new UpdateFailure('/usr/lib/os-release has no IMAGE_ID or no IMAGE_VERSION');
  return running;
}

/** Why the running version is on probation; undefined when it is marked good. @throws {UpdateFailure} */
export function probation(host: Host, version: string): string | undefined {
  return probationOf(entriesOf(bootEntries(host), version));
}

/** The same, from the version's boot entries. */
export function probationOf(entries: readonly BootEntry[]): string | undefined {
  const counted = entries.find(({ tries }) => tries !== undefined);
  if (counted?.tries === undefined) return undefined;
  const { left, done } = counted.tries;
  return `it is on probation: ${counted.file} was started ${done} times, and may be ${left} times more`;
}
