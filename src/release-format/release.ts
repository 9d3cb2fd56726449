/** `release.json`: what a version of an image consists of, and how a machine gets it. */
import { type PartName, partNames } from './target-names.ts';
import { array, digest, name, object, parseJson, size, string, version } from './value.ts';

/** A file of the repository; its own digest is in the repository's metadata. */
export interface Payload {
  /** Path of the target. */
  readonly target: string;
  readonly sizeBytes: number;
}

/** Makes a part from the same part of another version. */
export interface Delta extends Payload {
  /** The version it starts from. */
  readonly from: string;
  /** Of that version's part. */
  readonly fromSizeBytes: number;
  readonly fromSha256: string;
}

/** A part of a version: what is in the end on the machine, and the ways to it. */
export interface Part {
  /** As it is on the machine. */
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Compressed with zstd. */
  readonly full: Payload;
  readonly deltas: readonly Delta[];
}

export interface Release {
  readonly image: string;
  readonly version: string;
  /** As systemd calls it: `x86-64`. */
  readonly architecture: string;
  /** Of dm-verity, hexadecimal; the partitions' UUIDs are its halves. */
  readonly rootHash: string;
  readonly parts: Readonly<Record<PartName, Part>>;
}

/** Raised when an older reader would do something wrong. */
const FORMAT = 1;

/** @throws {FormatError} */
export function parseRelease(text: string): Release {
  const value = parseJson('release', text, FORMAT);
  const parts = object(value.parts, 'parts');
  return {
    image: name(value.image, 'image'),
    version: version(value.version, 'version'),
    architecture: name(value.architecture, 'architecture'),
    rootHash: digest(value.rootHash, 'rootHash'),
    parts: Object.fromEntries(
      partNames.map((part) => [part, readPart(parts[part], `parts.${part}`)]),
    ) as unknown as Release['parts'],
  };
}

/** The same release gives the same text. */
export function formatRelease({ parts, ...release }: Release): string {
  return `${JSON.stringify({ format: FORMAT, ...release, parts: Object.fromEntries(partNames.map((part) => [part, parts[part]])) }, undefined, 2)}\n`;
}

function readPart(value: unknown, where: string): Part {
  const part = object(value, where);
  return {
    sizeBytes: size(part.sizeBytes, `${where}.sizeBytes`),
    sha256: digest(part.sha256, `${where}.sha256`),
    full: readPayload(part.full, `${where}.full`),
    deltas: array(part.deltas, `${where}.deltas`).map((delta, index) => {
      const at = `${where}.deltas[${index}]`;
      const fields = object(delta, at);
      return {
        ...readPayload(delta, at),
        from: version(fields.from, `${at}.from`),
        fromSizeBytes: size(fields.fromSizeBytes, `${at}.fromSizeBytes`),
        fromSha256: digest(fields.fromSha256, `${at}.fromSha256`),
      };
    }),
  };
}

function readPayload(value: unknown, where: string): Payload {
  const payload = object(value, where);
  return {
    target: string(payload.target, `${where}.target`),
    sizeBytes: size(payload.sizeBytes, `${where}.sizeBytes`),
  };
}
