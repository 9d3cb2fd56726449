/**
 * Reads folders of a FAT32 file system without mounting it, to see what is on a disk that nobody has chosen yet.
 * @see "Microsoft Extensible Firmware Initiative FAT32 File System Specification", version 1.03
 */
import type { ReadBytes } from '../../disk/gpt-header.ts';

/** A file or folder. */
export interface FatEntry {
  /** Its long name where it has one. */
  readonly name: string;
  readonly isFolder: boolean;
  /** 0 for folders. */
  readonly sizeBytes: number;
}

interface Volume {
  readonly read: ReadBytes;
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  readonly fatByte: number;
  readonly dataByte: number;
  readonly clusters: number;
  readonly rootCluster: number;
}

interface Found extends FatEntry {
  readonly cluster: number;
}

const ENTRY_BYTES = 32;
const FREE = 0xe5;
const ATTRIBUTE_LONG_NAME = 0x0f;
const ATTRIBUTE_VOLUME = 0x08;
const ATTRIBUTE_FOLDER = 0x10;
/** Of a long name's 32 bytes, those with its 13 characters. */
const LONG_NAME_PLACES = [
  [1, 5],
  [14, 6],
  [28, 2],
] as const;
/** Clusters are numbered with 28 bits, from 2; from this one on they end a chain. */
const CLUSTER_MASK = 0x0fffffff;
const CHAIN_END = 0x0ffffff8;
/** A folder of more than this is damaged: FAT allows 65,536 entries. */
const MOST_FOLDER_BYTES = 65_536 * ENTRY_BYTES;

/**
 * Lists a folder.
 * @param read Reads from the partition's start.
 * @param path Names in capitals or not: `EFI/Linux`.
 * @returns Undefined when this is no FAT32 file system, or it has no such folder.
 */
export async function listFatFolder(read: ReadBytes, path: string): Promise<readonly FatEntry[] | undefined> {
  const volume = await openVolume(read);
  if (volume === undefined) return undefined;
  let cluster = volume.rootCluster;
  for (const name of path.split('/')) {
    const found = entriesOf(await readChain(volume, cluster)).find(
      (entry) => entry.isFolder && entry.name.toLowerCase() === name.toLowerCase(),
    );
    if (found === undefined) return undefined;
    cluster = found.cluster;
  }
  return entriesOf(await readChain(volume, cluster)).map(({ name, isFolder, sizeBytes }) => ({
    name,
    isFolder,
    sizeBytes,
  }));
}

async function openVolume(read: ReadBytes): Promise<Volume | undefined> {
  const boot = await read(0, 512);
  if (boot.length < 512 || boot.readUInt16LE(510) !== 0xaa55 || boot.toString('latin1', 82, 87) !== 'FAT32')
    return undefined;
  const sectorBytes = boot.readUInt16LE(11);
  const clusterBytes = boot.readUInt8(13) * sectorBytes;
  if (![512, 1024, 2048, 4096].includes(sectorBytes) || clusterBytes === 0) return undefined;
  const fatByte = boot.readUInt16LE(14) * sectorBytes;
  // Fewer than 65,536 sectors are counted in the older field, as on a small ESP with sectors of 4096 bytes.
  const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  const dataByte = fatByte + boot.readUInt8(16) * boot.readUInt32LE(36) * sectorBytes;
  return {
    read,
    sectorBytes,
    clusterBytes,
    fatByte,
    dataByte,
    clusters: Math.floor((sectors * sectorBytes - dataByte) / clusterBytes),
    rootCluster: boot.readUInt32LE(44),
  };
}

/** What a chain of clusters holds; less when the chain is damaged. */
async function readChain(volume: Volume, first: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let cluster = first;
  for (let bytes = 0; bytes < MOST_FOLDER_BYTES; bytes += volume.clusterBytes) {
    if (cluster < 2 || cluster >= CHAIN_END || cluster > volume.clusters + 1) break;
    pieces.push(
      await volume.read(volume.dataByte + (cluster - 2) * volume.clusterBytes, volume.clusterBytes),
    );
    const next = await volume.read(volume.fatByte + cluster * 4, 4);
    if (next.length < 4) break;
    cluster = next.readUInt32LE(0) & CLUSTER_MASK;
  }
  return Buffer.concat(pieces);
}

/** Pure: the entries of a folder. */
function entriesOf(folder: Buffer): readonly Found[] {
  const found: Found[] = [];
  let long: string[] = [];
  for (let at = 0; at + ENTRY_BYTES <= folder.length; at += ENTRY_BYTES) {
    const entry = folder.subarray(at, at + ENTRY_BYTES);
    const first = entry.readUInt8(0);
    if (first === 0) break;
    const attributes = entry.readUInt8(11);
    if (first !== FREE && attributes === ATTRIBUTE_LONG_NAME) {
      // The last piece of a name comes first.
      long.unshift(longNamePiece(entry));
      continue;
    }
    const name = long.length > 0 ? (long.join('').split('\0')[0] ?? '') : shortName(entry);
    long = [];
    if (first === FREE || attributes & ATTRIBUTE_VOLUME || name === '.' || name === '..') continue;
    found.push({
      name,
      isFolder: (attributes & ATTRIBUTE_FOLDER) !== 0,
      sizeBytes: entry.readUInt32LE(28),
      cluster: (entry.readUInt16LE(20) << 16) | entry.readUInt16LE(26),
    });
  }
  return found;
}

function longNamePiece(entry: Buffer): string {
  return LONG_NAME_PLACES.map(([at, characters]) => entry.toString('utf16le', at, at + characters * 2)).join(
    '',
  );
}

function shortName(entry: Buffer): string {
  const [name, extension] = [entry.toString('latin1', 0, 8), entry.toString('latin1', 8, 11)].map((part) =>
    part.trimEnd(),
  );
  return extension === '' ? (name ?? '') : `${name}.${extension}`;
}
