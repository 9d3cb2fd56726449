/** Takes old releases out of a repository. */
import { UserError } from '../errors.ts';
import { type Channel, formatChannel } from '../release-format/channel.ts';
import { channelTarget } from '../release-format/target-names.ts';
import { compareVersions } from '../release-format/version-order.ts';
import { channelOf, channelsIn, imageOf, releaseOf, versionsIn } from './catalogue.ts';
import { changeTargets } from './change.ts';
import type { ReleaseContext } from './context.ts';
import type { Draft } from './draft.ts';

export interface RetireOptions {
  /** May be left out when the repository has one. */
  readonly image?: string | undefined;
  /** These go; none of them may be in a channel. */
  readonly remove: readonly string[];
  /** Of each channel this many of the newest releases stay, and its barriers and dead ends. */
  readonly keep?: number | undefined;
}

export interface Retired {
  readonly image: string;
  /** Releases that are gone. */
  readonly removed: readonly string[];
  /** What left which channel. */
  readonly left: readonly { readonly channel: string; readonly versions: readonly string[] }[];
}

/**
 * Metadata stops naming the releases at once; their files go when nobody can be reading them any more.
 * @throws {UserError} when a release is not there, or a channel has it.
 */
export async function retire(context: ReleaseContext, options: RetireOptions): Promise<Retired> {
  return changeTargets(context, async (draft) => {
    const image = imageOf(draft, options.image);
    const names = channelsIn(draft.targets.keys(), image);
    const channels = (await Promise.all(names.map((name) => channelOf(draft, image, name)))).filter(
      (channel) => channel !== undefined,
    );
    for (const version of options.remove) {
      await releaseOf(draft, image, version);
      refuseInChannel(channels, version);
    }
    const { keep } = options;
    const versions = versionsIn(draft.targets.keys(), image);
    const plan = keep === undefined ? { channels, removed: [] } : keepNewest(channels, versions, keep);
    const left = await writeChannels(draft, channels, plan.channels);
    const removed = [...new Set([...options.remove, ...plan.removed])].sort(compareVersions);
    for (const path of [...draft.targets.keys()]) {
      if (removed.some((version) => path.startsWith(`${image}/${version}/`))) draft.remove(path);
    }
    return { image, removed, left };
  });
}

/**
 * Pure: channels without their older releases, and the releases that no channel needs then. What is newer than all that
 * channels have was not promoted yet, and stays.
 * @param keep At least 1.
 */
export function keepNewest(
  channels: readonly Channel[],
  versions: readonly string[],
  keep: number,
): { readonly channels: readonly Channel[]; readonly removed: readonly string[] } {
  const trimmed = channels.map((channel) => ({
    ...channel,
    releases: channel.releases.filter(
      ({ barrier, deadEnd }, index) =>
        index >= channel.releases.length - keep || barrier !== undefined || deadEnd !== undefined,
    ),
  }));
  const offered = new Set(trimmed.flatMap(({ releases }) => releases.map(({ version }) => version)));
  const newest = [...offered].sort(compareVersions).at(-1);
  const removed = versions.filter(
    (version) => newest !== undefined && !offered.has(version) && compareVersions(version, newest) < 0,
  );
  return { channels: trimmed, removed };
}

async function writeChannels(draft: Draft, before: readonly Channel[], after: readonly Channel[]) {
  const left: { channel: string; versions: string[] }[] = [];
  for (const [index, channel] of after.entries()) {
    const stay = new Set(channel.releases.map(({ version }) => version));
    const gone = (before[index]?.releases ?? [])
      .map(({ version }) => version)
      .filter((each) => !stay.has(each));
    if (gone.length === 0) continue;
    await draft.putText(channelTarget(channel.image, channel.channel), formatChannel(channel));
    left.push({ channel: channel.channel, versions: gone });
  }
  return left;
}

function refuseInChannel(channels: readonly Channel[], version: string): void {
  const names = channels.filter(({ releases }) => releases.some((release) => release.version === version));
  if (names.length === 0) return;
  const listed = names.map(({ channel }) => channel);
  throw new UserError('release-in-channel', `machines may still take the release ${version}`, {
    seen: `it is in ${listed.join(', ')}`,
    needed: 'a release that is in no channel',
    next: listed.map((channel) => `./basalt release withdraw REPOSITORY ${version} --channel ${channel}`),
  });
}
