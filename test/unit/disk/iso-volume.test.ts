import { expect, test } from 'vitest';
import { isoVolume } from '../../../src/disk/iso-volume.ts';

test.each([
  ['dell', '1.2.0', 'BASALT_DELL_1_2_0'],
  ['my-image', '1.2~rc1', 'BASALT_MY_IMAGE_1_2_RC1'],
  ['an-image-with-a-long-name', '20261120', 'BASALT_AN_IMAGE_WITH_A_LONG_NAME'],
])('%s %s', (image, version, volume) => expect(isoVolume(image, version)).toBe(volume));
