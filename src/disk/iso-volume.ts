/** The name of a live system's volume: the build writes it, and the installer knows its medium by it. Pure. */

/** ECMA-119 allows 32 capital letters, digits and underscores. */
export function isoVolume(image: string, version: string): string {
  return `BASALT_${image}_${version}`
    .toUpperCase()
    .replace(/[^A-Z0-9_]/g, '_')
    .slice(0, 32);
}
