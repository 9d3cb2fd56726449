/** What the files of an update repository are called: paths of TUF targets. */

/** What a channel offers now. */
export function channelTarget(image: string, channel: string): string {
  return `${image}/channels/${channel}.json`;
}

/** What a release consists of. */
export function releaseTarget(image: string, version: string): string {
  return `${image}/${version}/release.json`;
}

/** The three things that make a version of the system, in the order in which they are written to a machine. */
export const partNames = ['verity', 'root', 'uki'] as const;
export type PartName = (typeof partNames)[number];

/** A part as a whole, in zstd's format. */
export function payloadTarget(image: string, version: string, part: PartName): string {
  return `${image}/${version}/${part}.zst`;
}

/** A part as what makes it from another version's: `zstd --patch-from`. */
export function deltaTarget(image: string, version: string, part: PartName, from: string): string {
  return `${image}/${version}/${part}.from-${from}.zst`;
}
