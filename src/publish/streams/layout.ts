/** Where things are in a place, and how one file refers to another. Pure. */
import { posix } from 'node:path';

/** The folder of a build: its files never change. */
export function buildPrefix(image: string, version: string, architecture: string): string {
  return `images/${image}/${version}/${architecture}`;
}

export function streamKey(stream: string): string {
  return `streams/${stream}.json`;
}

export function pageKey(stream: string): string {
  return `streams/${stream}.html`;
}

/**
 * Changelogs of what changed between two builds, which the page shows.
 * @param before `IMAGE_VERSION`; `metal` can go from one image to another.
 */
export function changelogsKey(stream: string, before: string, after: string, architecture: string): string {
  return `streams/${stream}.changelogs/${before}_${after}_${architecture}.json`;
}

/** A signature is named by what it signs, so that it can be there before it. */
export function streamSignatureKey(stream: string, sha256: string): string {
  return `streams/${stream}.signatures/${sha256}.sig`;
}

/** The public key in PEM. */
export function publicKeyKey(keyId: string): string {
  return `keys/${keyId}.pem`;
}

/** How stream metadata and pages, in `streams/`, refer to a key. */
export function referenceTo(key: string): string {
  return posix.relative('streams', key).split('/').map(encodeURIComponent).join('/');
}

/** The key that a reference of stream metadata names; undefined when it leads out of the place. */
export function keyOf(reference: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\//i.test(reference)) return undefined;
  const key = posix.normalize(posix.join('streams', decodeURIComponent(reference)));
  return key.startsWith('..') ? undefined : key;
}

const types: Readonly<Record<string, string>> = {
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  pem: 'application/x-pem-file',
  efi: 'application/efi',
  gz: 'application/gzip',
  zst: 'application/zstd',
};

/** The media type of a file by its name. */
export function contentTypeOf(name: string): string {
  if (/(^|\/)SHA256SUMS$/.test(name)) return 'text/plain; charset=utf-8';
  return types[/\.([a-z0-9]+)$/.exec(name)?.[1] ?? ''] ?? 'application/octet-stream';
}
