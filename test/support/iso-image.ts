/**
 * An iso9660 image with long names (ECMA-119 with the Joliet extension), as `mkisofs -J` makes it, for disks that carry
 * a configuration. The plain tree is empty: systems that know Joliet, as Linux does, see the files.
 */

const SECTOR = 2048;
/** ECMA-119, 9.1.6: the record is of a directory. */
const DIRECTORY = 2;
/** Sectors 0 to 15 belong to the system; then three descriptors, two path tables, and the plain tree's root. */
const PLAIN_TABLE = 19;
const LONG_TABLE = 20;
const PLAIN_ROOT = 21;
const LONG_ROOT = 22;

interface Folder {
  readonly entries: Map<string, Folder | Buffer>;
}

/** @param files Content by path, such as `openstack/latest/user_data`. */
export function isoImage(label: string, files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const root: Folder = { entries: new Map() };
  for (const [path, content] of Object.entries(files)) place(root, path.split('/'), Buffer.from(content));
  const sectors: Buffer[] = Array.from({ length: LONG_ROOT }, () => Buffer.alloc(SECTOR));
  addFolder(sectors, root, LONG_ROOT);
  sectors[16] = descriptor(1, Buffer.from(label, 'ascii'), sectors.length, PLAIN_ROOT, PLAIN_TABLE);
  sectors[17] = descriptor(2, wide(label), sectors.length, LONG_ROOT, LONG_TABLE);
  sectors[18]?.write('\xffCD001\x01', 'latin1');
  sectors[PLAIN_TABLE] = pathTable(PLAIN_ROOT);
  sectors[LONG_TABLE] = pathTable(LONG_ROOT);
  sectors[PLAIN_ROOT] = folderSector(PLAIN_ROOT, PLAIN_ROOT, []);
  return Buffer.concat(sectors);
}

function place(folder: Folder, [name = '', ...rest]: readonly string[], content: Buffer): void {
  const there = folder.entries.get(name);
  if (rest.length === 0) {
    folder.entries.set(name, content);
  } else if (there === undefined || !Buffer.isBuffer(there)) {
    const below = there ?? { entries: new Map() };
    folder.entries.set(name, below);
    place(below, rest, content);
  }
}

/** Takes its own sector before those of what is in it, which names it as its parent. @returns Its sector. */
function addFolder(sectors: Buffer[], folder: Folder, parent: number): number {
  const own = sectors.push(Buffer.alloc(SECTOR)) - 1;
  const records = [...folder.entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) =>
      Buffer.isBuffer(entry)
        ? record(wide(name), addFile(sectors, entry), entry.length, 0)
        : record(wide(name), addFolder(sectors, entry, own), SECTOR, DIRECTORY),
    );
  sectors[own] = folderSector(own, parent, records);
  return own;
}

function addFile(sectors: Buffer[], content: Buffer): number {
  const first = sectors.length;
  for (let from = 0; from < content.length; from += SECTOR) {
    const sector = Buffer.alloc(SECTOR);
    content.copy(sector, 0, from);
    sectors.push(sector);
  }
  return first;
}

function folderSector(own: number, parent: number, records: readonly Buffer[]): Buffer {
  const all = [
    record(Buffer.from([0]), own, SECTOR, DIRECTORY),
    record(Buffer.from([1]), parent, SECTOR, DIRECTORY),
    ...records,
  ];
  const content = Buffer.concat(all);
  if (content.length > SECTOR) throw new Error('a folder of this image has too many entries');
  return Buffer.concat([content, Buffer.alloc(SECTOR - content.length)]);
}

/** ECMA-119, 9.1. */
function record(name: Buffer, sector: number, sizeBytes: number, flags: number): Buffer {
  const length = 33 + name.length + ((33 + name.length) % 2);
  const bytes = Buffer.alloc(length);
  bytes[0] = length;
  both32(bytes, 2, sector);
  both32(bytes, 10, sizeBytes);
  bytes.set([126, 1, 1], 18); // 1 January 2026
  bytes[25] = flags;
  both16(bytes, 28, 1);
  bytes[32] = name.length;
  name.copy(bytes, 33);
  return bytes;
}

/** ECMA-119, 8.4 and 8.5: of the plain tree (1) and of the one with long names (2). */
function descriptor(kind: 1 | 2, label: Buffer, sectorCount: number, root: number, table: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes[0] = kind;
  bytes.write('CD001\x01', 1, 'latin1');
  label.copy(bytes, 40, 0, 32);
  both32(bytes, 80, sectorCount);
  if (kind === 2) bytes.write('%/E', 88, 'latin1'); // UCS-2, level 3
  both16(bytes, 120, 1);
  both16(bytes, 124, 1);
  both16(bytes, 128, SECTOR);
  both32(bytes, 132, 10);
  bytes.writeUInt32LE(table, 140);
  record(Buffer.from([0]), root, SECTOR, DIRECTORY).copy(bytes, 156);
  bytes[881] = 1;
  return bytes;
}

/** ECMA-119, 9.4: the root alone; Linux reads directories instead. */
function pathTable(root: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes[0] = 1;
  bytes.writeUInt32LE(root, 2);
  bytes.writeUInt16LE(1, 6);
  return bytes;
}

function wide(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** ECMA-119, 7.3.3: both byte orders, one after the other. */
function both32(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value, at);
  bytes.writeUInt32BE(value, at + 4);
}

function both16(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt16LE(value, at);
  bytes.writeUInt16BE(value, at + 2);
}
