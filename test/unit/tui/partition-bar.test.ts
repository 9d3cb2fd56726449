import { expect, test } from 'vitest';
import { type BarPartition, drawPartitionBar } from '../../../src/tui/partition-bar.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Partitions one after the other from the first MiB on. */
function row(
  ...parts: readonly (readonly [label: string, sizeBytes: number, usedBytes?: number])[]
): BarPartition[] {
  let firstByte = MIB;
  return parts.map(([label, sizeBytes, usedBytes]) => {
    const partition = { label, firstByte, sizeBytes, ...(usedBytes !== undefined && { usedBytes }) };
    firstByte += sizeBytes;
    return partition;
  });
}

const image = row(
  ['esp', 512 * MIB, 98 * MIB],
  ['verity_1.4.2', 64 * MIB, 5 * MIB],
  ['root_1.4.2', 2 * GIB, 612 * MIB],
);

test('a shipped image', () => {
  expect(
    drawPartitionBar({ partitions: image, firstUsableByte: MIB, usableEndByte: MIB + 2624 * MIB }),
  ).toEqual([
    '┌───────1───────┬─2─┬────────────────────────────3─────────────────────────────┐',
    '│███░░░░░░░░░░░░│█░░│█████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░│',
    '└───────────────┴───┴──────────────────────────────────────────────────────────┘',
    '  1 esp              512 MiB      98 MiB used',
    '  2 verity_1.4.2      64 MiB       5 MiB used',
    '  3 root_1.4.2         2 GiB     612 MiB used',
  ]);
});

test('an installed disk: an empty slot, unknown use, free space', () => {
  const partitions = row(
    ['esp', 512 * MIB, 98 * MIB],
    ['verity_1.4.2', 64 * MIB, 64 * MIB],
    ['root_1.4.2', 2 * GIB, 612 * MIB],
    ['_empty', 64 * MIB, 0],
    ['_empty', 2 * GIB, 0],
    ['var', 10 * GIB],
  );
  expect(drawPartitionBar({ partitions, firstUsableByte: MIB, usableEndByte: 16 * GIB })).toEqual([
    '┌─1─┬─2─┬───3────┬─4─┬───5────┬────────────────────6────────────────────┬──────┐',
    '│█░░│███│██░░░░░░│░░░│░░░░░░░░│▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒│      │',
    '└───┴───┴────────┴───┴────────┴─────────────────────────────────────────┴──────┘',
    '  1 esp              512 MiB      98 MiB used',
    '  2 verity_1.4.2      64 MiB      64 MiB used',
    '  3 root_1.4.2         2 GiB     612 MiB used',
    '  4 _empty            64 MiB         0 B used',
    '  5 _empty             2 GiB         0 B used',
    '  6 var               10 GiB',
    '    free             1.4 GiB',
  ]);
});

test('partitions are drawn in the order of the disk, with the gap between them', () => {
  const partitions = [
    { label: 'second', firstByte: 3 * GIB, sizeBytes: GIB, usedBytes: GIB },
    { label: 'first', firstByte: MIB, sizeBytes: GIB - MIB, usedBytes: 1 },
  ];
  expect(drawPartitionBar({ partitions, firstUsableByte: MIB, usableEndByte: 4 * GIB, columns: 40 })).toEqual(
    [
      '┌────1────┬──────────────────┬────2────┐',
      '│█░░░░░░░░│                  │█████████│',
      '└─────────┴──────────────────┴─────────┘',
      '  1 first     1023 MiB         1 B used',
      '    free         2 GiB',
      '  2 second       1 GiB       1 GiB used',
    ],
  );
});

test('an empty disk is all free', () => {
  expect(drawPartitionBar({ partitions: [], firstUsableByte: MIB, usableEndByte: GIB, columns: 12 })).toEqual(
    ['┌──────────┐', '│          │', '└──────────┘', '    free    1023 MiB'],
  );
});

test('only the numbers remain when there is no room for a bar', () => {
  const lines = drawPartitionBar({
    partitions: image,
    firstUsableByte: MIB,
    usableEndByte: MIB + 2624 * MIB,
    columns: 12,
  });
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^ {2}1 esp/);
});
