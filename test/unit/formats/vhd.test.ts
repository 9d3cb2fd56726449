import { describe, expect, it, test } from 'vitest';
import { vhdDiskBytes, vhdFooter, vhdGeometry } from '../../../src/formats/vhd.ts';
import { GIB, MIB } from '../../../src/units.ts';

const footer = (diskBytes: number, epoch = 1_790_000_000) =>
  Buffer.from(vhdFooter({ diskBytes, epoch, uuid: '01234567-89ab-8def-8123-456789abcdef' }));

describe('the footer of a fixed VHD', () => {
  it('has each field where the specification says', () => {
    const bytes = footer(4 * GIB);
    expect(bytes.length).toBe(512);
    expect(bytes.toString('latin1', 0, 8)).toBe('conectix');
    expect(bytes.readUInt32BE(8)).toBe(2);
    expect(bytes.readUInt32BE(12)).toBe(0x10000);
    expect(bytes.readBigUInt64BE(16)).toBe(0xffffffffffffffffn);
    expect(bytes.readUInt32BE(24)).toBe(1_790_000_000 - Date.UTC(2000, 0, 1) / 1000);
    expect(bytes.readBigUInt64BE(40)).toBe(BigInt(4 * GIB));
    expect(bytes.readBigUInt64BE(48)).toBe(BigInt(4 * GIB));
    expect(bytes.readUInt32BE(60)).toBe(2);
    // In the order in which a UUID is written.
    expect(bytes.toString('hex', 68, 84)).toBe('0123456789ab8def8123456789abcdef');
    expect(bytes.subarray(84).every((byte) => byte === 0)).toBe(true);
  });

  it('has the sum of its bytes, inverted', () => {
    const bytes = footer(4 * GIB);
    const told = bytes.readUInt32BE(64);
    bytes.writeUInt32BE(0, 64);
    expect(told).toBe(0xffffffff - bytes.reduce((sum, byte) => sum + byte, 0));
  });

  it('has no date before 2000', () => {
    expect(footer(GIB, 0).readUInt32BE(24)).toBe(0);
  });
});

test('the disk is whole MiB', () => {
  expect(vhdDiskBytes(MIB)).toBe(MIB);
  expect(vhdDiskBytes(MIB + 1)).toBe(2 * MIB);
});

test.each([
  // By hand, as the specification's appendix says.
  [40 * MIB, 963, 5, 17],
  [512 * MIB, 1040, 16, 63],
  [4 * GIB, 8322, 16, 63],
  [200 * GIB, 65535, 16, 255],
])('the geometry of %i bytes', (bytes, cylinders, heads, sectors) => {
  expect(vhdGeometry(bytes / 512)).toEqual({ cylinders, heads, sectors });
});
