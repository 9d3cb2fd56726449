/** The root file systems and compressions that are compared. */
export interface Candidate {
  readonly name: string;
  /** For `--set`. */
  readonly settings: Readonly<Record<string, string>>;
}

const candidate = (
  name: string,
  filesystem: string,
  algorithm: string,
  more: Record<string, string> = {},
) => ({
  name,
  settings: { filesystem, algorithm, ...more },
});

/** The default first. */
export const candidates: readonly Candidate[] = [
  candidate('squashfs zstd-3 128K', 'squashfs', 'zstd', { level: '3', blockSize: '128K' }),
  candidate('squashfs zstd-3 256K', 'squashfs', 'zstd', { level: '3', blockSize: '256K' }),
  candidate('squashfs zstd-3 1M', 'squashfs', 'zstd', { level: '3', blockSize: '1M' }),
  candidate('squashfs zstd-9 128K', 'squashfs', 'zstd', { level: '9', blockSize: '128K' }),
  candidate('squashfs xz 128K', 'squashfs', 'xz', { blockSize: '128K' }),
  candidate('erofs zstd-3 64K', 'erofs', 'zstd', { level: '3', blockSize: '64K' }),
  candidate('erofs lz4hc 64K', 'erofs', 'lz4hc', { blockSize: '64K' }),
  candidate('erofs lz4 64K', 'erofs', 'lz4', { blockSize: '64K' }),
  candidate('erofs uncompressed', 'erofs', 'none'),
];

/** The arguments that build a candidate. */
export function settingsOf({ settings }: Candidate): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ['--set', `compression.${key}=${value}`]);
}
