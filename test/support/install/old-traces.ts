/** Traces of other systems on a disk, as their own programs leave them. */
import { open } from 'node:fs/promises';
import { crcTable } from '../../../src/disk/crc-table.ts';
import { KIB, MIB } from '../../../src/units.ts';
import type { LoopDisk } from './loop-disk.ts';

interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}

/** LVM2's label in sector 1, with the sum that it has: lib/label/label.h of LVM2. */
export function lvmLabel(): Write {
  const sector = Buffer.alloc(512);
  sector.write('LABELONE', 0, 'latin1');
  sector.writeBigUInt64LE(1n, 8);
  sector.writeUInt32LE(32, 20);
  sector.write('LVM2 001', 24, 'latin1');
  sector.write('abcdefghijklmnopqrstuvwxyz012345', 32, 'latin1');
  const table = crcTable(0xedb88320);
  let crc = 0xf597a6cf;
  for (const byte of sector.subarray(20)) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  sector.writeUInt32LE(crc >>> 0, 16);
  return { at: 512, bytes: sector };
}

/** A superblock of version 1.0, at the end of the disk, or of 1.2, near its start: md_p.h of Linux. */
export function raidSuperblock(version: '1.0' | '1.2', diskBytes: number): Write {
  const sector = version === '1.2' ? 8 : Math.floor((diskBytes / 512 - 16) / 8) * 8;
  const block = Buffer.alloc(1 * KIB);
  block.writeUInt32LE(0xa92b4efc, 0);
  block.writeUInt32LE(1, 4);
  block.write('0123456789abcdef', 16, 'latin1');
  block.write('old:0', 32, 'latin1');
  block.writeUInt32LE(1, 72);
  block.writeBigUInt64LE(BigInt(sector), 144);
  // The sum of all words, carries folded once: calc_sb_1_csum.
  let sum = 0n;
  for (let at = 0; at < 256; at += 4) sum += BigInt(block.readUInt32LE(at));
  block.writeUInt32LE(Number((sum & 0xffffffffn) + (sum >> 32n)), 216);
  return { at: sector * 512, bytes: block };
}

/** ZFS's four labels, two at either end, with the pool's name and uberblocks: vdev_impl.h and uberblock_impl.h of OpenZFS. */
export function zfsLabels(diskBytes: number): readonly Write[] {
  const size = 256 * KIB;
  const label = Buffer.alloc(size);
  nameValues().copy(label, 16 * KIB);
  for (let at = 128 * KIB; at < size; at += KIB) {
    label.writeBigUInt64LE(0x00bab10cn, at);
    label.writeBigUInt64LE(5000n, at + 8);
    label.writeBigUInt64LE(BigInt(at), at + 16);
  }
  const end = Math.floor(diskBytes / size) * size;
  return [0, size, end - 2 * size, end - size].map((at) => ({ at, bytes: label }));
}

/** A list of names and values as XDR has it: nvpair.c of OpenZFS. */
function nameValues(): Buffer {
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string) =>
    Buffer.concat([word(value.length), Buffer.from(value.padEnd(Math.ceil(value.length / 4) * 4, '\0'))]);
  const pair = (name: string, type: number, value: Buffer) => {
    const rest = Buffer.concat([text(name), word(type), word(1), value]);
    return Buffer.concat([word(rest.length + 8), word(rest.length + 8), rest]);
  };
  const number = (name: string, value: number) => pair(name, 8, Buffer.concat([word(0), word(value)]));
  return Buffer.concat([
    Buffer.from([1, 1, 0, 0]),
    word(0),
    word(1),
    number('version', 5000),
    pair('name', 9, text('tank')),
    number('state', 0),
    number('txg', 4),
    number('pool_guid', 4711),
    number('guid', 4712),
    number('top_guid', 4712),
    word(0),
    word(0),
  ]);
}

/** LUKS2's first header: docs/on-disk-format-luks2.pdf of cryptsetup. */
export function luksHeader(): Write {
  const header = Buffer.alloc(4 * KIB);
  Buffer.from('LUKS\xba\xbe', 'latin1').copy(header);
  header.writeUInt16BE(2, 6);
  header.writeBigUInt64BE(BigInt(16 * KIB), 8);
  header.write('0123abcd-0123-4567-89ab-0123456789ab', 168, 'latin1');
  return { at: 0, bytes: header };
}

export async function leave(disk: LoopDisk, writes: readonly Write[], offset = 0): Promise<void> {
  const handle = await open(disk.path, 'r+');
  try {
    for (const { at, bytes } of writes) {
      // A device with large sectors takes any write through the page cache.
      await handle.write(bytes, 0, bytes.length, offset + at);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So much at a disk's ends must hold nothing of them later. */
export const EDGE_BYTES = 1 * MIB;
