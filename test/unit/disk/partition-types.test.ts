import { expect, test } from 'vitest';
import { partitionTypeOf, partitionTypes } from '../../../src/disk/partition-types.ts';

test('every GUID is well-formed, lower-case and used once', () => {
  const guids = Object.values(partitionTypes).map(({ guid }) => guid);
  for (const guid of guids) expect(guid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(new Set(guids).size).toBe(guids.length);
});

test('a type is found by its GUID in either case', () => {
  expect(partitionTypeOf('C12A7328-F81F-11D2-BA4B-00A0C93EC93B')?.name).toBe('esp');
  expect(partitionTypeOf('4d21b016-b534-45c2-a9fb-5c16e091fd2d')?.name).toBe('var');
  expect(partitionTypeOf('00000000-0000-0000-0000-000000000000')).toBeUndefined();
});
