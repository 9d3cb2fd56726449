/** Brings a version's parts to /var: as changes of the running version where that pays, whole otherwise. */
import type { Part, Release } from '../../../release-format/release.ts';
import { type PartName, partNames } from '../../../release-format/target-names.ts';
import { formatSize, MIB } from '../../../units.ts';
import { type Host, HostError } from '../../host.ts';
import { runRequired } from '../../machine/run-required.ts';
import { UpdateFailure } from '../failure.ts';
import { UPDATE_FOLDER } from '../state.ts';
import type { TrustedRepository } from '../trust/open-repository.ts';
import { checkVar, sizeOf } from './preflight.ts';
import { contentDigest, digestOnDisk, type Packed } from './zstd.ts';

/** Where the parts of what runs are, for deltas. */
export type RunningParts = Readonly<Record<PartName, string>>;

const DOWNLOADS = `${UPDATE_FOLDER}/download`;
/** A change that is larger than this share of the whole is not worth its memory. */
const PAYS_BELOW = 0.8;
/** What zstd takes besides window and old content. */
const MEMORY_MARGIN_BYTES = 64 * MIB;

export interface FetchedParts {
  readonly packed: Readonly<Record<PartName, Packed>>;
  /** Bytes that came over the network for this version, as sizes of files. */
  readonly payloadBytes: number;
}

/**
 * Downloads, or goes on with a download, and checks that unpacking gives what the release says: before anything is
 * written to a slot.
 * @param version Of what runs.
 * @throws {UpdateFailure|HostError}
 */
export function fetchParts(
  host: Host,
  repository: TrustedRepository,
  release: Release,
  running: { readonly version: string; readonly parts: RunningParts },
): FetchedParts {
  const folder = `${DOWNLOADS}/${release.version}`;
  removeDownloads(host, release.version);
  host.makeFolder(folder);
  const packed = partNames.map((name): [PartName, Packed] => {
    const part = release.parts[name];
    const delta = fetchDelta(host, repository, folder, name, part, running);
    return [name, delta ?? fetchWhole(host, repository, folder, name, part)];
  });
  return {
    packed: Object.fromEntries(packed) as Record<PartName, Packed>,
    payloadBytes: packed.reduce((sum, [, { path }]) => sum + sizeOf(host, path), 0),
  };
}

/** Removes downloads, but those of one version. @throws {HostError} */
export function removeDownloads(host: Host, exceptVersion?: string): void {
  for (const name of host.list(`${DOWNLOADS}/`)) {
    if (name !== exceptVersion) runRequired(host, ['rm', '-rf', '--', `${DOWNLOADS}/${name}`]);
  }
}

function fetchWhole(
  host: Host,
  repository: TrustedRepository,
  folder: string,
  name: PartName,
  part: Part,
): Packed {
  const path = `${folder}/${name}.zst`;
  checkVar(host, folder, part.full.sizeBytes - sizeOf(host, path));
  download(host, repository, part.full.target, path);
  const packed = { path, from: undefined, largestBytes: part.sizeBytes };
  if (contentDigest(host, packed) !== part.sha256) {
    host.remove(path);
    throw new UpdateFailure(`${part.full.target} does not hold what its release says`, {
      next: 'whoever makes the releases: ./basalt release verify',
    });
  }
  return packed;
}

/** @returns Undefined when the part is to be fetched whole; why is in the journal. */
function fetchDelta(
  host: Host,
  repository: TrustedRepository,
  folder: string,
  name: PartName,
  part: Part,
  running: { readonly version: string; readonly parts: RunningParts },
): Packed | undefined {
  const delta = part.deltas.find(({ from }) => from === running.version);
  if (delta === undefined || delta.sizeBytes > part.full.sizeBytes * PAYS_BELOW) return undefined;
  const largestBytes = Math.max(part.sizeBytes, delta.fromSizeBytes);
  // The window, and the old content once more: what is mapped may go from memory, but is read all over.
  const memory = 2 * largestBytes + MEMORY_MARGIN_BYTES;
  const available = availableMemory(host);
  if (memory > available) {
    return told(
      host,
      `${name}: changing it would take ${formatSize(memory)} of memory, and ${formatSize(available)} are free`,
    );
  }
  const from = `${folder}/${name}.from`;
  const path = `${folder}/${name}.delta`;
  const needed = delta.sizeBytes + delta.fromSizeBytes - sizeOf(host, path) - sizeOf(host, from);
  try {
    checkVar(host, folder, needed);
    // zstd maps regular files only.
    if (digestIfThere(host, from, delta.fromSizeBytes) !== delta.fromSha256)
      copyStart(host, running.parts[name], from, delta.fromSizeBytes);
    if (digestIfThere(host, from, delta.fromSizeBytes) !== delta.fromSha256) {
      host.remove(from);
      return told(host, `${name}: what runs is not what the change from version ${delta.from} begins with`);
    }
    download(host, repository, delta.target, path);
    const packed = { path, from, largestBytes };
    if (contentDigest(host, packed) === part.sha256) return packed;
    for (const file of [from, path]) host.remove(file);
    return told(host, `${delta.target} does not make what the release says`);
  } catch (error) {
    if (!(error instanceof HostError || error instanceof UpdateFailure)) throw error;
    if (error instanceof UpdateFailure && error.about.passing) throw error;
    for (const file of [from, path]) host.remove(file);
    return told(host, `${name}: ${error.message}`);
  }
}

function download(host: Host, repository: TrustedRepository, target: string, path: string): void {
  let tenths = 0;
  repository.download(target, path, (doneBytes, totalBytes) => {
    const now = Math.floor((doneBytes / Math.max(1, totalBytes)) * 10);
    if (now <= tenths || totalBytes < 10 * MIB) return;
    tenths = now;
    host.log('info', `update: ${target}: ${formatSize(doneBytes)} of ${formatSize(totalBytes)}`);
  });
}

function copyStart(host: Host, device: string, path: string, sizeBytes: number): void {
  runRequired(host, [
    'dd',
    `if=${device}`,
    `of=${path}`,
    'bs=1M',
    'iflag=count_bytes',
    `count=${sizeBytes}`,
    'status=none',
  ]);
}

function digestIfThere(host: Host, path: string, sizeBytes: number): string | undefined {
  return sizeOf(host, path) === sizeBytes ? digestOnDisk(host, path, sizeBytes) : undefined;
}

function availableMemory(host: Host): number {
  const kibibytes = /^MemAvailable:\s+([0-9]+) kB$/m.exec(host.readText('/proc/meminfo') ?? '')?.[1];
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}

function told(host: Host, text: string): undefined {
  host.log('info', `update: ${text}: it is fetched whole`);
  return undefined;
}
