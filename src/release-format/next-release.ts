/** Which release of a channel a machine takes next. Pure: the machine's memory comes in. */
import type { Channel } from './channel.ts';
import { compareVersions } from './version-order.ts';

export type NextRelease =
  /** The channel has nothing newer. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'take';
      readonly version: string;
      /** It is a barrier on the way to this one, and why. */
      readonly onTheWayTo?: { readonly version: string; readonly reason: string } | undefined;
    }
  /** The running version gets no more updates. */
  | { readonly kind: 'dead-end'; readonly reason: string }
  /** There is something newer, and all that may be taken was refused on this machine; the newest of it. */
  | { readonly kind: 'rejected'; readonly version: string };

/**
 * @param running The version that runs.
 * @param rejected Versions that did not become good on this machine.
 */
export function nextRelease(channel: Channel, running: string, rejected: ReadonlySet<string>): NextRelease {
  const deadEnd = channel.releases.find(({ version }) => compareVersions(version, running) === 0)?.deadEnd;
  if (deadEnd !== undefined) return { kind: 'dead-end', reason: deadEnd };
  // Nobody is led into a dead end: who runs one gets no further.
  const newer = channel.releases.filter(
    (release) => release.deadEnd === undefined && compareVersions(release.version, running) > 0,
  );
  const newest = newer.at(-1);
  if (newest === undefined) return { kind: 'none' };
  // A barrier itself may be taken from any version; what lies beyond the first one may not.
  const barrierAt = newer.findIndex(({ barrier }) => barrier !== undefined);
  const reachable = barrierAt === -1 ? newer : newer.slice(0, barrierAt + 1);
  const barrier = barrierAt === -1 ? undefined : newer[barrierAt];
  const taken = reachable.findLast(({ version }) => !rejected.has(version));
  if (taken === undefined) return { kind: 'rejected', version: (reachable.at(-1) ?? newest).version };
  const passing = taken === barrier && barrier !== newest;
  return {
    kind: 'take',
    version: taken.version,
    onTheWayTo: passing ? { version: newest.version, reason: barrier?.barrier ?? '' } : undefined,
  };
}
