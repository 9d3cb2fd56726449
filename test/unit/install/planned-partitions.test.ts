import { expect, test } from 'vitest';
import { plannedPartitions } from '../../../src/install/planned-partitions.ts';

test('the first slot gets the version, the second waits, /var takes the rest', () => {
  const types = ['esp', 'root-verity', 'root', 'root-verity', 'root', 'var'];
  const definitions = types.map((type, index) => ({ file: `${index}0.conf`, type, sizeMinBytes: index + 1 }));
  expect(
    plannedPartitions(definitions, '1.3.0').map(({ label, sizeBytes, fileSystem }) => [
      label,
      sizeBytes,
      fileSystem,
    ]),
  ).toEqual([
    ['esp', 1, 'vfat'],
    ['verity_1.3.0', 2, undefined],
    ['root_1.3.0', 3, undefined],
    ['_empty', 4, undefined],
    ['_empty', 5, undefined],
    ['var', undefined, 'ext4'],
  ]);
});
