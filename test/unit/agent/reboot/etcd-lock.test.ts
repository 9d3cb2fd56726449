import { expect, it } from 'vitest';
import { parseHolders } from '../../../../src/agent/reboot/etcd-lock.ts';

it('reads who holds the lock', () => {
  const holders = [{ id: 'a', name: 'node1', since: '2026-01-01T00:00:00.000Z' }];
  expect(parseHolders(JSON.stringify({ holders }))).toEqual(holders);
  expect(parseHolders('{"holders":[]}')).toEqual([]);
});

it.each([
  '',
  'junk',
  'null',
  '{}',
  '[]',
  '{"holders":{}}',
  '{"holders":[null]}',
  '{"holders":[{"id":1,"name":"a","since":"b"}]}',
])('%j is no list of holders, and not an empty one', (text) => expect(parseHolders(text)).toBeUndefined());
