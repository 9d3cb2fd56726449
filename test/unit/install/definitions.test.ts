import { expect, test } from 'vitest';
import { neededBytes, parseDefinition } from '../../../src/install/definitions.ts';
import { MIB } from '../../../src/units.ts';

test('a definition is read, and sizes are whole sectors', () => {
  expect(
    parseDefinition('30-root-a.conf', '# Slot A\n[Partition]\nType = root\nSizeMinBytes=1000001\n'),
  ).toEqual({
    file: '30-root-a.conf',
    type: 'root',
    sizeMinBytes: 1_003_520,
  });
  expect(parseDefinition('x.conf', '[Partition]\nType=var\n').sizeMinBytes).toBe(10 * MIB);
  expect(() => parseDefinition('x.conf', 'Type=var\nSizeMinBytes=much\n')).toThrow(/is not a size/);
});

test('a disk needs all minimums, and room for the tables', () => {
  const definition = (sizeMinBytes: number) => ({ file: '', type: '', sizeMinBytes });
  expect(neededBytes([definition(10 * MIB), definition(5 * MIB)])).toBe(17 * MIB);
});
