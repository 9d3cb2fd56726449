/** What a build offers in a stream, and the stream with it: pure. */
import type { Artifact, Manifest } from '../../build/manifest.ts';
import { liveFormats } from '../../formats/live.ts';
import { canonicalJson } from '../../store/digest.ts';
import type { Amis } from '../amis.ts';
import { buildPrefix, publicKeyKey, referenceTo } from './layout.ts';
import type { Offer, Stream, StreamFile } from './stream.ts';

/** A build that is to be published. */
export interface OfferedBuild {
  readonly manifest: Manifest;
  readonly manifestSizeBytes: number;
  readonly manifestSha256: string;
  readonly sumsSha256: string;
  readonly amis: Amis | undefined;
}

export interface Signing {
  readonly keyId: string;
}

/** Where live systems are offered, which install an image on whatever machine: as peers call it in their metadata. */
export const METAL = 'metal';

/** A part of a build that is offered under one platform. */
interface Part {
  readonly platform: string;
  readonly artifacts: readonly Artifact[];
  /** Whether it is a live system. */
  readonly isLive: boolean;
}

/** Disks are of the platform that the image is named after; live systems install it on metal. */
function partsOf({ image, artifacts }: Manifest): readonly Part[] {
  const live = artifacts.filter(({ format }) => (liveFormats as readonly string[]).includes(format));
  const disks = artifacts.filter(({ role }) => role === 'disk');
  if (image === METAL) return [{ platform: METAL, artifacts: [...disks, ...live], isLive: live.length > 0 }];
  const own = { platform: image, artifacts: disks, isLive: false };
  if (live.length === 0) return [own];
  const metal = { platform: METAL, artifacts: live, isLive: true };
  return disks.length === 0 ? [metal] : [own, metal];
}

/** Whether a build offers a live system. */
export function offersLive({ manifest }: Pick<OfferedBuild, 'manifest'>): boolean {
  return partsOf(manifest).some(({ isLive }) => isLive);
}

/** @param before What the stream offered of this image and architecture until now. */
function offerOf(
  build: OfferedBuild,
  { platform, artifacts: offered, isLive }: Part,
  before: Offer | undefined,
  now: string,
  signing: Signing | undefined,
): Offer {
  const { manifest } = build;
  const { image, version, architecture, rootHash, kernelRelease, epoch, artifacts } = manifest;
  const prefix = buildPrefix(image, version, architecture);
  const raw = artifacts.find(({ role, format }) => role === 'disk' && format === 'raw');
  const fileOf = ({ file, sizeBytes, sha256, format }: Artifact): StreamFile => ({
    location: referenceTo(`${prefix}/${file}`),
    sizeBytes,
    sha256,
    ...(raw !== undefined && /^raw\./.test(format) && { uncompressedSha256: raw.sha256 }),
  });
  const others = artifacts.filter(
    ({ role, format }) => role !== 'disk' && !(liveFormats as readonly string[]).includes(format),
  );
  const same = before?.version === version;
  const sums = `${prefix}/SHA256SUMS`;
  const previous = same ? before.previous : before && previousOf(before);
  return {
    ...(image !== platform && { image }),
    version,
    publishedAt: same ? before.publishedAt : now,
    builtFrom: new Date(epoch * 1000).toISOString(),
    rootHash,
    kernelRelease,
    ...(isLive && manifest.liveCommandLine !== undefined && { liveArguments: manifest.liveCommandLine }),
    formats: byName(offered.map((each) => [each.format, fileOf(each)] as const)),
    files: byName([
      ...others.map((each) => [each.role, fileOf(each)] as const),
      [
        'manifest',
        {
          location: referenceTo(`${prefix}/manifest.json`),
          sizeBytes: build.manifestSizeBytes,
          sha256: build.manifestSha256,
        },
      ],
    ]),
    sums: {
      location: referenceTo(sums),
      sha256: build.sumsSha256,
      ...(signing !== undefined && {
        signature: {
          location: referenceTo(`${sums}.${signing.keyId.slice(0, 16)}.sig`),
          key: referenceTo(publicKeyKey(signing.keyId)),
          keyId: signing.keyId,
        },
      }),
    },
    ...(build.amis !== undefined &&
      platform === image && {
        aws: {
          regions: Object.fromEntries(
            Object.entries(build.amis.regions).map(([region, ami]) => [region, { image: ami }]),
          ),
        },
      }),
    ...(previous !== undefined && { previous }),
  };
}

/**
 * The stream after a publication. Offers of images that are not named stay; of those that are, everything is of this version: a
 * format that it has no more is not offered any more. The time only changes with something else.
 */
export function nextStream(
  before: Stream | undefined,
  changes: {
    readonly stream: string;
    readonly now: string;
    readonly builds: readonly OfferedBuild[];
    readonly signing: Signing | undefined;
  },
): Stream {
  const { stream, now, builds, signing } = changes;
  let offers = offersIn(before);
  for (const build of builds) {
    const { image, architecture } = build.manifest;
    const isOurs = (each: PlacedOffer) =>
      each.architecture === architecture && (each.offer.image ?? each.platform) === image;
    const known = offers.filter(isOurs);
    const parts = partsOf(build.manifest);
    const replaced = (each: PlacedOffer) =>
      each.architecture === architecture && parts.some(({ platform }) => platform === each.platform);
    offers = [
      ...offers.filter((each) => !isOurs(each) && !replaced(each)),
      ...parts.map((part) => {
        const was = known.find(({ platform }) => platform === part.platform)?.offer;
        return { platform: part.platform, architecture, offer: offerOf(build, part, was, now, signing) };
      }),
    ];
  }
  const names = [...new Set(offers.map(({ platform }) => platform))].sort();
  const next: Stream = {
    basaltStream: 1,
    stream,
    updatedAt: before?.updatedAt ?? now,
    ...(signing !== undefined && { signatures: `${stream}.signatures/SHA256.sig` }),
    platforms: Object.fromEntries(
      names.map((name) => [
        name,
        byName(
          offers
            .filter(({ platform }) => platform === name)
            .map(({ architecture, offer }) => [architecture, offer] as const),
        ),
      ]),
    ),
  };
  const same = before !== undefined && canonicalJson(before) === canonicalJson(next);
  return same ? next : { ...next, updatedAt: now };
}

/** An offer and where it stands. */
export interface PlacedOffer {
  readonly platform: string;
  readonly architecture: string;
  readonly offer: Offer;
}

/** All offers of a stream. */
export function offersIn(stream: Stream | undefined): readonly PlacedOffer[] {
  return Object.entries(stream?.platforms ?? {}).flatMap(([platform, byArchitecture]) =>
    Object.entries(byArchitecture).map(([architecture, offer]) => ({ platform, architecture, offer })),
  );
}

function byName<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function previousOf({ version, files }: Offer): Offer['previous'] {
  const { manifest, lock } = files;
  if (manifest === undefined || lock === undefined) return undefined;
  return { version, manifest: manifest.location, lock: lock.location };
}
