/** Hand-built PE files, for tests: Microsoft's "PE Format". */
import type { ReadBytes } from '../../../src/disk/gpt-header.ts';

const PE_OFFSET = 64;
const OPTIONAL_BYTES = 240;
const HEADERS_BYTES = 1024;
const ALIGNMENT = 512;

/** A PE file with these sections, each padded to the file alignment as linkers do. */
export function peFile(sections: Readonly<Record<string, string | Buffer>>): Buffer {
  const header = Buffer.alloc(HEADERS_BYTES);
  header.write('MZ', 0, 'latin1');
  header.writeUInt32LE(PE_OFFSET, 0x3c);
  header.write('PE\0\0', PE_OFFSET, 'latin1');
  header.writeUInt16LE(0x8664, PE_OFFSET + 4);
  header.writeUInt16LE(Object.keys(sections).length, PE_OFFSET + 6);
  header.writeUInt16LE(OPTIONAL_BYTES, PE_OFFSET + 20);
  const parts = [header];
  let offset = HEADERS_BYTES;
  let entry = PE_OFFSET + 24 + OPTIONAL_BYTES;
  for (const [name, content] of Object.entries(sections)) {
    const bytes = Buffer.from(content);
    const raw = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
    header.write(name, entry, 'latin1');
    header.writeUInt32LE(bytes.length, entry + 8);
    header.writeUInt32LE(raw, entry + 16);
    header.writeUInt32LE(offset, entry + 20);
    parts.push(Buffer.concat([bytes, Buffer.alloc(raw - bytes.length)]));
    offset += raw;
    entry += 40;
  }
  return Buffer.concat(parts);
}

export const rootHash = '0123456789abcdef'.repeat(4);

/** The sections of a small UKI. */
export const ukiSections = {
  '.osrel': 'ID=basalt\nPRETTY_NAME="Basalt \\"qemu\\" 1.2"\nIMAGE_VERSION=1.2\n',
  '.cmdline': `roothash=${rootHash} ro quiet`,
  '.uname': '6.12.1-amd64',
  '.linux': Buffer.alloc(3000, 1),
  '.initrd': Buffer.alloc(700, 2),
};

/** Reads from a buffer as from a file: short at its end. */
export function readerOf(bytes: Buffer): ReadBytes {
  return async (offset, length) => bytes.subarray(offset, offset + length);
}
