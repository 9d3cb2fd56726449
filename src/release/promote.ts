/** Channels: which releases machines may take, what they must pass through, and where updating ends. */
import { UserError } from '../errors.ts';
import { type Channel, type ChannelRelease, formatChannel } from '../release-format/channel.ts';
import { channelTarget } from '../release-format/target-names.ts';
import { FormatError, name } from '../release-format/value.ts';
import { compareVersions } from '../release-format/version-order.ts';
import { channelOf, imageOf, releaseOf } from './catalogue.ts';
import { changeTargets } from './change.ts';
import type { ReleaseContext } from './context.ts';

export interface PromoteOptions {
  /** May be left out when the repository has one. */
  readonly image?: string | undefined;
  readonly version: string;
  readonly channel: string;
  /** A reason sets it, `false` takes it away, undefined leaves it. */
  readonly barrier?: string | false | undefined;
  readonly deadEnd?: string | false | undefined;
}

/** A channel after a change. */
export interface ChannelChange extends Channel {
  /** `kept`: it was so already. */
  readonly state: 'changed' | 'kept';
}

/**
 * Puts a release into a channel, or changes what the channel says of it.
 * @throws {UserError} when the repository has no such release.
 */
export async function promote(context: ReleaseContext, options: PromoteOptions): Promise<ChannelChange> {
  checkChannelName(options.channel);
  return changeTargets(context, async (draft) => {
    const image = imageOf(draft, options.image);
    await releaseOf(draft, image, options.version);
    const before = (await channelOf(draft, image, options.channel)) ?? emptyChannel(image, options.channel);
    const after = withRelease(before, options, context.now());
    const isSame = formatChannel(before) === formatChannel(after);
    if (!isSame) await draft.putText(channelTarget(image, options.channel), formatChannel(after));
    const newest = after.releases.at(-1)?.version;
    const isNew = !before.releases.some(({ version }) => version === options.version);
    if (isNew && newest !== undefined && newest !== options.version) {
      context.onMessage(
        'warning',
        `${newest} is newer: machines of the channel ${options.channel} take that`,
      );
    }
    return { ...after, state: isSame ? 'kept' : 'changed' };
  });
}

/**
 * Takes a release out of a channel: no further machine takes it. Machines that run it stay on it until a newer one comes.
 * @throws {UserError} when the channel has no such release.
 */
export async function withdraw(
  context: ReleaseContext,
  options: Pick<PromoteOptions, 'image' | 'version' | 'channel'>,
): Promise<ChannelChange> {
  return changeTargets(context, async (draft) => {
    const image = imageOf(draft, options.image);
    const before = (await channelOf(draft, image, options.channel)) ?? emptyChannel(image, options.channel);
    const releases = before.releases.filter(({ version }) => version !== options.version);
    if (releases.length === before.releases.length) throw notInChannel(before, options.version);
    const after = { ...before, releases };
    await draft.putText(channelTarget(image, options.channel), formatChannel(after));
    return { ...after, state: 'changed' };
  });
}

/** Pure. @throws {UserError} when a dead end is to be marked that no machine of the channel can run. */
export function withRelease(before: Channel, options: PromoteOptions, now: Date): Channel {
  const { version, barrier, deadEnd } = options;
  const known = before.releases.find((release) => release.version === version);
  if (known === undefined && typeof deadEnd === 'string') throw notInChannel(before, version);
  const changed: ChannelRelease = {
    version,
    promotedAt: known?.promotedAt ?? now.toISOString().replace(/\.\d+Z$/, 'Z'),
    barrier: reason(barrier, known?.barrier),
    deadEnd: reason(deadEnd, known?.deadEnd),
  };
  const others = before.releases.filter((release) => release.version !== version);
  const releases = [...others, changed].sort((left, right) => compareVersions(left.version, right.version));
  return { ...before, releases };
}

function reason(wanted: string | false | undefined, known: string | undefined): string | undefined {
  return wanted === false ? undefined : (wanted ?? known);
}

function emptyChannel(image: string, channel: string): Channel {
  return { image, channel, releases: [] };
}

function checkChannelName(channel: string): void {
  try {
    name(channel, 'the channel');
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UserError('channel-invalid', 'a channel cannot have this name', {
      seen: error.message,
      cause: error,
    });
  }
}

function notInChannel({ image, channel, releases }: Channel, version: string): UserError {
  return new UserError('not-in-channel', `the channel ${channel} of ${image} does not have ${version}`, {
    seen: releases.length === 0 ? 'no release in it' : releases.map((release) => release.version).join(', '),
    next: [`./basalt release promote REPOSITORY ${version} --channel ${channel} puts it there`],
  });
}
