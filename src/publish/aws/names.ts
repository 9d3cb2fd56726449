/** What a published image is called: the AMI's name, tags, SSM parameters. docs/publish.md is the reference. */
import { canonicalJson, digestBytes } from '../../store/digest.ts';
import type { PublishedDisk } from './disk.ts';

/** Tags of images and snapshots; people and policies may rely on these names. */
export const tagNames = {
  image: 'basalt:image',
  version: 'basalt:version',
  architecture: 'basalt:architecture',
  rootHash: 'basalt:root-hash',
  sha256: 'basalt:sha256',
  commit: 'basalt:commit',
  /** The channel that pointed to it first: what has no such tag was never told of. */
  published: 'basalt:published',
} as const;

/** Every AMI of ours has a name that begins so. */
export const NAME_PREFIX = 'basalt/';

type Described = Pick<PublishedDisk, 'image' | 'version' | 'architecture' | 'sha256' | 'rootHash'>;

/**
 * `basalt/IMAGE/VERSION/ARCHITECTURE/DIGEST`: the same content has the same name, other content another one. A name has 3
 * to 128 letters, digits and `()[] ./-'@_` (RegisterImage), so that the `~` of a version becomes `_`.
 */
export function amiName({ image, version, architecture, sha256 }: Described): string {
  return `${NAME_PREFIX}${image}/${plain(version)}/${architecture}/${sha256.slice(0, 12)}`;
}

/** The image and the architecture in a name of {@link amiName}; undefined for other names. */
export function partsOfName(
  name: string,
): { image: string; version: string; architecture: string } | undefined {
  const [, image, version, architecture] =
    /^basalt\/([^/]+)\/([^/]+)\/([^/]+)\/[0-9a-f]{12}$/.exec(name) ?? [];
  if (image === undefined || version === undefined || architecture === undefined) return undefined;
  return { image, version, architecture };
}

/** Tags that follow from the content alone. */
export function contentTags(disk: Described): Readonly<Record<string, string>> {
  return {
    Name: amiName(disk),
    [tagNames.image]: disk.image,
    [tagNames.version]: disk.version,
    [tagNames.architecture]: disk.architecture,
    [tagNames.sha256]: disk.sha256,
    ...(disk.rootHash !== undefined && { [tagNames.rootHash]: disk.rootHash }),
  };
}

/** Names of SSM parameters have letters, digits and `_.-/` (PutParameter). */
export interface ParameterNames {
  readonly version: string;
  readonly latest: string;
}

/** @param prefix Such as `/basalt`. */
export function parameterNames(
  prefix: string,
  channel: string,
  { image, version, architecture }: Pick<Described, 'image' | 'version' | 'architecture'>,
): ParameterNames {
  const of = (which: string) => `${prefix}/${image}/${channel}/${which}/${architecture}`;
  return { version: of(plain(version)), latest: of('latest') };
}

/**
 * A token that is the same whenever the same is asked for: the service answers with what it made the first time.
 * @param attempt Raised when what was made is of no use.
 * @returns 64 characters, the most there may be.
 */
export function clientToken(request: unknown, attempt: number): string {
  return digestBytes(canonicalJson({ request, attempt }));
}

function plain(version: string): string {
  return version.replace(/[^A-Za-z0-9.-]/g, '_');
}
