/** Where releases are published: a bucket, or a folder for any static web server. Both know only whole files. */

export interface PlacedFile {
  /** Path in the place, without a leading slash. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** RFC 9110 media type. */
  readonly contentType: string;
  /** Never another content under this key: caches may keep it for ever. */
  readonly immutable: boolean;
  /** A file of this machine, or the bytes themselves. */
  readonly source: string | Uint8Array;
}

export interface Place {
  /** For messages: `s3://bucket/prefix`, or a folder. */
  readonly name: string;
  /** SHA-256 of what is there; undefined when nothing is. */
  digestOf(key: string): Promise<string | undefined>;
  /** A small file; undefined when it is not there. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Writes a whole file, or nothing: a reader sees the old content or the new one. Verified by its digest. */
  write(file: PlacedFile): Promise<void>;
  close(): void;
}

/** Seconds that caches may keep what changes. */
const FRESH_SECONDS = 60;

/** The Cache-Control field (RFC 9111, RFC 8246) of a file. */
export function cacheControl({ immutable }: Pick<PlacedFile, 'immutable'>): string {
  return immutable ? 'public, max-age=31536000, immutable' : `public, max-age=${FRESH_SECONDS}`;
}
