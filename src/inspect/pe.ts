/** The sections of a PE file: Microsoft's "PE Format", sections "COFF File Header" and "Section Table". */
import type { ReadBytes } from '../disk/gpt-header.ts';
import { UserError } from '../errors.ts';

/** One section of a PE file. */
export interface PeSection {
  readonly name: string;
  /** Where its bytes are in the file. */
  readonly offset: number;
  /** Its content; the file may hold padding after it. */
  readonly sizeBytes: number;
}

/** The DOS header keeps the offset of the PE signature here. */
const PE_OFFSET_AT = 0x3c;
const COFF_HEADER_BYTES = 20;
const SECTION_BYTES = 40;
/** The PE loader's own limit. */
const MOST_SECTIONS = 96;

/**
 * Reads the section table.
 * @param name For errors: the file.
 * @throws {UserError} `pe-invalid` when this is no PE file, or one that was cut short.
 */
export async function readSections(
  read: ReadBytes,
  sizeBytes: number,
  name: string,
): Promise<readonly PeSection[]> {
  const invalid = (seen: string) =>
    new UserError('pe-invalid', 'this is not a PE file that can be read', {
      seen,
      needed: 'a UKI: a PE file with a section table, of its whole length',
      where: name,
    });
  const start = await read(0, 64);
  if (start.length < 64 || start.toString('latin1', 0, 2) !== 'MZ') throw invalid('no DOS header');
  const peOffset = start.readUInt32LE(PE_OFFSET_AT);
  const header = await read(peOffset, 4 + COFF_HEADER_BYTES);
  if (header.length < 4 + COFF_HEADER_BYTES || header.toString('latin1', 0, 4) !== 'PE\0\0')
    throw invalid(`no PE signature at byte ${peOffset}`);
  const count = header.readUInt16LE(4 + 2);
  const optionalBytes = header.readUInt16LE(4 + 16);
  if (count > MOST_SECTIONS) throw invalid(`a table of ${count} sections`);
  const table = await read(peOffset + 4 + COFF_HEADER_BYTES + optionalBytes, count * SECTION_BYTES);
  if (table.length < count * SECTION_BYTES) throw invalid('the section table lies beyond the end');

  return Array.from({ length: count }, (_, index) => {
    const section = decodeSection(table.subarray(index * SECTION_BYTES, (index + 1) * SECTION_BYTES));
    if (section.offset + section.sizeBytes > sizeBytes) {
      throw invalid(
        `section ${section.name} ends at byte ${section.offset + section.sizeBytes}, and the file at byte ${sizeBytes}`,
      );
    }
    return section;
  });
}

function decodeSection(entry: Buffer): PeSection {
  const virtualBytes = entry.readUInt32LE(8);
  const rawBytes = entry.readUInt32LE(16);
  return {
    name: (entry.toString('latin1', 0, 8).split('\0')[0] ?? '').replace(/[^ -~]/g, '?'),
    offset: entry.readUInt32LE(20),
    // The raw size is rounded up to the file alignment; what a section holds is its virtual size.
    sizeBytes: Math.min(virtualBytes === 0 ? rawBytes : virtualBytes, rawBytes),
  };
}
