import { expect, test } from 'vitest';
import { whyAnotherDisk } from '../../../../src/install/disks/identity.ts';

const disk = { sizeBytes: 1000, serial: 'A1', wwn: '0x5000' };

test('the same disk, also when udev has come to know it better', () => {
  expect(whyAnotherDisk(disk, disk)).toBeUndefined();
  expect(whyAnotherDisk(disk, { ...disk, serial: undefined, wwn: undefined })).toBeUndefined();
});

test.each([
  [{ ...disk, serial: 'B2' }, 'its serial is B2, and was A1'],
  [{ ...disk, wwn: '0x6000' }, 'its WWN is 0x6000, and was 0x5000'],
  [{ ...disk, serial: undefined, sizeBytes: 2000 }, 'it has 2000 bytes, and had 1000'],
])('another disk of the same name: %o', (now, sentence) => {
  expect(whyAnotherDisk(now, disk)).toBe(sentence);
});
