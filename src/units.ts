/** Sizes and durations: parsing what people write, printing what people read. MiB is 2^20 bytes. */

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  K: KIB,
  KIB: KIB,
  M: MIB,
  MIB: MIB,
  G: GIB,
  GIB: GIB,
  T: TIB,
  TIB: TIB,
};

/**
 * Reads a size such as `512M`, `1.5GiB` or `4096`. Units are binary, as in systemd: `M` is 2^20 bytes.
 * @returns Whole bytes, or undefined when the text is not a size.
 */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  if (match === null) return undefined;
  const factor = SIZE_UNITS[(match[2] ?? '').toUpperCase()];
  if (factor === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Prints bytes with a binary unit and at most one decimal: `164.3 MiB`. */
export function formatSize(sizeBytes: number): string {
  for (const [unit, factor] of [
    ['TiB', TIB],
    ['GiB', GIB],
    ['MiB', MIB],
    ['KiB', KIB],
  ] as const) {
    if (sizeBytes >= factor) {
      const value = sizeBytes / factor;
      return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
    }
  }
  return `${sizeBytes} B`;
}

/** Prints a duration: `0.4 s`, `12.3 s`, `2 min 05 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Rounds up to a multiple of `step` bytes. */
export function alignUp(sizeBytes: number, step: number): number {
  return Math.ceil(sizeBytes / step) * step;
}
