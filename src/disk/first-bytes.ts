/** Recognising what a file is when it is not the raw disk that was expected. */

/** What the first bytes are, and what to do to get a raw disk from it. */
export interface StartDescription {
  readonly seen: string;
  readonly next: string;
}

/** Where a format's mark is. The marks are those of the formats' own specifications, as in magic(5). */
interface Mark {
  readonly offset: number;
  readonly bytes: readonly number[];
  readonly seen: string;
  readonly next: string;
}

const convert = 'convert it first: `qemu-img convert -O raw FILE disk.raw`';
const unpack = 'unpack it first';
const wholeDisk = 'name the disk image it belongs to';

const marks: readonly Mark[] = [
  { offset: 0, bytes: [...Buffer.from('QFI\u00fb', 'latin1')], seen: 'a qcow2 image', next: convert },
  { offset: 0, bytes: [...Buffer.from('KDMV')], seen: 'a VMDK image', next: convert },
  { offset: 0, bytes: [...Buffer.from('conectix')], seen: 'a VHD image', next: convert },
  { offset: 0, bytes: [...Buffer.from('vhdxfile')], seen: 'a VHDX image', next: convert },
  { offset: 0, bytes: [0x1f, 0x8b], seen: 'a gzip file', next: unpack },
  { offset: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], seen: 'a zstd file', next: unpack },
  { offset: 0, bytes: [0xfd, ...Buffer.from('7zXZ')], seen: 'an xz file', next: unpack },
  {
    offset: 0,
    bytes: [...Buffer.from('hsqs')],
    seen: 'a squashfs file system without a disk around it',
    next: wholeDisk,
  },
  {
    offset: 1024,
    bytes: [0xe2, 0xe1, 0xf5, 0xe0],
    seen: 'an erofs file system without a disk around it',
    next: wholeDisk,
  },
  { offset: 0, bytes: [...Buffer.from('MZ')], seen: 'a PE program, such as a UKI', next: wholeDisk },
  {
    offset: 510,
    bytes: [0x55, 0xaa],
    seen: 'a boot sector or MBR partition table without a GPT',
    next: wholeDisk,
  },
];

/** Describes what a file is by its first bytes. The first 2 KiB suffice. */
export function describeStart(start: Buffer): StartDescription {
  const mark = marks.find(({ offset, bytes }) =>
    bytes.every((byte, index) => start[offset + index] === byte),
  );
  if (mark !== undefined) return { seen: mark.seen, next: mark.next };
  const next = 'check that this is the file or device you meant';
  if (start.length === 0) return { seen: 'an empty file', next };
  const zeros = start.every((byte) => byte === 0);
  return { seen: zeros ? 'nothing but zeros at the start' : 'none of the formats Basalt knows', next };
}
