/** The live formats: the same verified root, run from memory, with the installer. Each is made of the one before it. */

/** Names of the live formats, as a recipe's `formats` and `--format` take them. */
export const liveFormats = ['pxe', 'live-uki', 'iso'] as const;

export type LiveFormat = (typeof liveFormats)[number];

/** How a live format is named in the output folder: `IMAGE_VERSION.EXTENSION`. */
export interface LiveFormatEntry {
  /** For people: the title of its stage. */
  readonly title: string;
  readonly extension: string;
}

export const liveCatalogue: Readonly<Record<LiveFormat, LiveFormatEntry>> = {
  pxe: { title: 'Live initrd', extension: 'live.initrd' },
  'live-uki': { title: 'Live UKI', extension: 'live.efi' },
  iso: { title: 'ISO', extension: 'iso' },
};

/** The wanted live formats with those that they are made of, in their order. */
export function withLiveSources(wanted: readonly string[]): LiveFormat[] {
  const last = Math.max(...liveFormats.map((format, index) => (wanted.includes(format) ? index : -1)));
  return liveFormats.slice(0, last + 1);
}

/** Whether one of these formats is a live one. */
export function wantsLive(formats: readonly string[]): boolean {
  return withLiveSources(formats).length > 0;
}
