/**
 * Publishes builds into a stream. The order is what keeps a reader from half a release: files that never change first, then
 * the metadata that names them, then the page that shows it. Each step can be repeated.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { manifestSchema } from '../../build/manifest.ts';
import { InterruptedError, messageOf, UserError } from '../../errors.ts';
import type { Workshop } from '../../inspect/workshop.ts';
import { parseLock } from '../../packages/lock.ts';
import type { Signer } from '../../release/signer.ts';
import { canonicalJson, digestBytes } from '../../store/digest.ts';
import { type Changes, compareContents } from '../changes/compare.ts';
import { type Contents, contentsOfBuild } from '../changes/contents.ts';
import type { ShortChangelog } from '../changes/short-changelog.ts';
import { type BuildFiles, readBuildFiles } from './build-files.ts';
import { keptChangelogs, readChangelogs } from './changelogs.ts';
import {
  changelogsKey,
  contentTypeOf,
  keyOf,
  pageKey,
  publicKeyKey,
  streamKey,
  streamSignatureKey,
} from './layout.ts';
import { METAL, nextStream, offersIn, offersLive, type PlacedOffer } from './offer.ts';
import { renderPage, type ToldChanges } from './page.ts';
import type { Place, PlacedFile } from './place.ts';
import { publicKeyPem, signatureOf } from './signature.ts';
import { type Stream, streamSchema } from './stream.ts';

export interface StreamOptions {
  readonly place: Place;
  /** Output folders. */
  readonly folders: readonly string[];
  readonly stream: string;
  /** Undefined: nothing is signed. */
  readonly signer: Signer | undefined;
  /** The project's templates/ folder. */
  readonly templatesDir: string;
  /** Where changelogs of changed packages are read, for the page. */
  readonly workshop: Workshop;
  readonly now: () => Date;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onMessage: (level: 'detail' | 'info' | 'warning', text: string) => void;
}

export interface PublishedStream {
  readonly place: string;
  readonly stream: string;
  readonly changed: boolean;
  readonly dryRun: boolean;
  /** What was written, or would be, in order. */
  readonly written: readonly { readonly key: string; readonly sizeBytes: number; readonly sha256: string }[];
  readonly offers: readonly {
    readonly image: string;
    readonly architecture: string;
    readonly version: string;
  }[];
}

/** Files that go at the same time. */
const PARALLEL = 4;

export async function publishStream(options: StreamOptions): Promise<PublishedStream> {
  const builds = await Promise.all(options.folders.map(readBuildFiles));
  checkDistinct(builds);
  const publication = new Publication(options);
  for (const build of builds) await publication.files(build);
  const stream = await publication.metadata(builds);
  await publication.page(stream);
  return {
    place: options.place.name,
    stream: options.stream,
    changed: publication.written.length > 0,
    dryRun: options.dryRun,
    written: publication.written.map(({ key, sizeBytes, sha256 }) => ({ key, sizeBytes, sha256 })),
    offers: builds.map(({ manifest: { image, architecture, version } }) => ({
      image,
      architecture,
      version,
    })),
  };
}

class Publication {
  readonly written: PlacedFile[] = [];
  private readonly changelogs = new Map<string, readonly ShortChangelog[]>();

  constructor(private readonly options: StreamOptions) {}

  /** All that never changes of a build; its signature last, so that what is signed is there. */
  async files(build: BuildFiles): Promise<void> {
    const { signer, place } = this.options;
    const waiting = [...build.files];
    const worker = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await this.put(file);
    };
    const workers = Array.from({ length: PARALLEL }, () =>
      worker().catch((error: unknown) => {
        waiting.length = 0;
        throw error;
      }),
    );
    // After a failure nothing is still being written.
    await Promise.allSettled(workers);
    await Promise.all(workers);
    await this.put(build.sums);
    if (signer === undefined) return;
    const key = `${build.sums.key}.${signer.keyId.slice(0, 16)}.sig`;
    const signature = await signatureOf(signer, build.sums.source, await place.read(key));
    await this.put(bytesFile(key, signature, true));
    await this.put(bytesFile(publicKeyKey(signer.keyId), Buffer.from(publicKeyPem(signer)), true));
  }

  async metadata(builds: readonly BuildFiles[]): Promise<Stream> {
    const { place, stream, signer, now } = this.options;
    const before = parseStream(await place.read(streamKey(stream)), `${place.name}/${streamKey(stream)}`);
    this.tellOfReplaced(before, builds);
    const next = nextStream(before, { stream, now: now().toISOString(), builds, signing: signer });
    // Sorted, so that equal metadata has equal bytes, and so the same signature.
    const bytes = Buffer.from(`${JSON.stringify(JSON.parse(canonicalJson(next)), null, 2)}\n`);
    if (signer !== undefined) {
      const key = streamSignatureKey(stream, digestBytes(bytes));
      await this.put(bytesFile(key, await signatureOf(signer, bytes, await place.read(key)), true));
    }
    await this.put(bytesFile(streamKey(stream), bytes, false));
    return next;
  }

  /** Two images that take turns are probably not meant. */
  private tellOfReplaced(before: Stream | undefined, builds: readonly BuildFiles[]): void {
    for (const { image, architecture } of builds.filter(offersLive).map(({ manifest }) => manifest)) {
      const was = before?.platforms[METAL]?.[architecture];
      const other = was?.image ?? METAL;
      if (was === undefined || other === image) continue;
      this.options.onMessage(
        'warning',
        `${METAL} ${architecture} was the live system of ${other} ${was.version}, and is that of ${image} now`,
      );
    }
  }

  async page(stream: Stream): Promise<void> {
    const file = join(this.options.templatesDir, 'streams/stream.html.hbs');
    const changes = new Map<string, ToldChanges>();
    for (const each of offersIn(stream)) {
      const found = await this.changesOf(each);
      if (found !== undefined) changes.set(`${each.platform} ${each.architecture}`, found);
    }
    const template = { text: await readFile(file, 'utf8'), file };
    const html = renderPage({ stream, changes, template });
    await this.put(bytesFile(pageKey(stream.stream), Buffer.from(html), false));
  }

  /** What changed since the version before, by the manifests and locks that were published with both. */
  private async changesOf({ architecture, offer }: PlacedOffer): Promise<ToldChanges | undefined> {
    const { previous, files } = offer;
    const { manifest, lock } = files;
    if (previous === undefined || manifest === undefined || lock === undefined) return undefined;
    const [before, after] = await Promise.all([
      this.contents(previous.manifest, previous.lock),
      this.contents(manifest.location, lock.location),
    ]);
    if (before === undefined || after === undefined) return undefined;
    const changes = compareContents(before, after);
    return { changes, changelogs: await this.changelogsOf(changes, after, architecture) };
  }

  /** Once for each pair of builds: an image and its live system are of the same one. */
  private async changelogsOf(
    changes: Changes,
    after: Contents,
    architecture: string,
  ): Promise<readonly ShortChangelog[]> {
    const [from, to] = [changes.before, changes.after].map(({ image, version }) => `${image}_${version}`);
    const key = changelogsKey(this.options.stream, from ?? '', to ?? '', architecture);
    const known = this.changelogs.get(key);
    if (known !== undefined) return known;
    const { place, workshop, onMessage } = this.options;
    const changelogs = await readChangelogs(changes, after, await place.read(key), {
      workshop,
      onWarning: (text) => onMessage('warning', text),
    });
    this.changelogs.set(key, changelogs);
    const kept = keptChangelogs(changelogs);
    if (kept !== undefined) await this.put(bytesFile(key, kept, false));
    return changelogs;
  }

  private async contents(manifest: string, lock: string): Promise<Contents | undefined> {
    const [manifestText, lockText] = await Promise.all([manifest, lock].map((each) => this.text(each)));
    // Somebody removed an old version: the page says less, and the stream is as it should be.
    if (manifestText === undefined || lockText === undefined) return undefined;
    return contentsOfBuild(
      manifestSchema.parse(JSON.parse(manifestText)),
      parseLock(lockText, lock),
      manifest,
    );
  }

  /** A published text; in a dry run, of what would be. */
  private async text(reference: string): Promise<string | undefined> {
    const key = keyOf(reference);
    if (key === undefined) return undefined;
    const planned = this.written.find((file) => file.key === key)?.source;
    if (planned !== undefined)
      return typeof planned === 'string' ? readFile(planned, 'utf8') : Buffer.from(planned).toString('utf8');
    const bytes = await this.options.place.read(key);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  }

  /** Writes what is not there. @throws {UserError} when something else is there that must never change. */
  private async put(file: PlacedFile): Promise<void> {
    const { place, dryRun, signal, onMessage } = this.options;
    if (signal.aborted) throw new InterruptedError();
    const there = await place.digestOf(file.key);
    if (there === file.sha256) return;
    if (there !== undefined && file.immutable) {
      throw new UserError('release-exists', 'another content was published under this name', {
        where: `${place.name}/${file.key}`,
        seen: there === '' ? 'an object without a digest of ours' : `SHA-256 ${there}`,
        needed: `SHA-256 ${file.sha256}, or nothing: what is published never changes`,
        next: ['build it with a new --version'],
      });
    }
    if (!dryRun) {
      await place.write(file);
      onMessage('detail', `${place.name}/${file.key} is written`);
    }
    this.written.push(file);
  }
}

function bytesFile(key: string, bytes: Uint8Array, immutable: boolean): PlacedFile {
  return {
    key,
    source: bytes,
    sizeBytes: bytes.length,
    sha256: digestBytes(bytes),
    contentType: contentTypeOf(key),
    immutable,
  };
}

/** The metadata that is there. @throws {UserError} when it is not ours to change. */
function parseStream(bytes: Uint8Array | undefined, where: string): Stream | undefined {
  if (bytes === undefined) return undefined;
  try {
    return streamSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new UserError('stream-invalid', 'the stream metadata that is there cannot be used', {
      where,
      seen: cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause),
      needed: 'stream metadata as this version of Basalt writes it, or none',
      cause,
    });
  }
}

function checkDistinct(builds: readonly BuildFiles[]): void {
  const names = builds.map(({ manifest: { image, architecture } }) => `${image} ${architecture}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UserError('build-twice', 'two builds are of the same image and architecture', { seen: twice });
  const live = builds.filter(offersLive).map(({ manifest }) => manifest);
  const other = live.find(({ architecture }, index) =>
    live.slice(0, index).some((each) => each.architecture === architecture),
  );
  if (other !== undefined) {
    throw new UserError('live-twice', 'two builds have live systems, and a stream offers one', {
      seen: live.map(({ image, version }) => `${image} ${version}`).join(', '),
      needed: `one for ${METAL} ${other.architecture}`,
      next: ['publish the other one to another --stream'],
    });
  }
}
