/** `channels/NAME.json`: which releases a channel has, and what a machine must know before it takes one. */
import { array, name, object, optional, parseJson, string, version } from './value.ts';
import { compareVersions } from './version-order.ts';

/** A release as a channel offers it. */
export interface ChannelRelease {
  readonly version: string;
  /** ISO 8601. */
  readonly promotedAt: string;
  /** Why every older version must pass through this one; absent: it may be passed over. */
  readonly barrier?: string | undefined;
  /** Why machines that run this version get no more updates, and what to do with them. */
  readonly deadEnd?: string | undefined;
}

export interface Channel {
  readonly image: string;
  readonly channel: string;
  /** Oldest first; each version once. */
  readonly releases: readonly ChannelRelease[];
}

const FORMAT = 1;

/** @throws {FormatError} */
export function parseChannel(text: string): Channel {
  const value = parseJson('channel', text, FORMAT);
  const releases = array(value.releases, 'releases').map((release, index) => {
    const at = `releases[${index}]`;
    const fields = object(release, at);
    return {
      version: version(fields.version, `${at}.version`),
      promotedAt: string(fields.promotedAt, `${at}.promotedAt`),
      barrier: optional(string, fields.barrier, `${at}.barrier`),
      deadEnd: optional(string, fields.deadEnd, `${at}.deadEnd`),
    };
  });
  return {
    image: name(value.image, 'image'),
    channel: name(value.channel, 'channel'),
    releases: releases.sort((left, right) => compareVersions(left.version, right.version)),
  };
}

/** The same channel gives the same text. */
export function formatChannel({ image, channel, releases }: Channel): string {
  const sorted = [...releases].sort((left, right) => compareVersions(left.version, right.version));
  return `${JSON.stringify({ format: FORMAT, image, channel, releases: sorted }, undefined, 2)}\n`;
}
