import { expect, test } from 'vitest';
import { readFacts } from '../../../src/provision/machines/facts.ts';

const read = (query: string) => readFacts(new URLSearchParams(query));

test('what iPXE sends', () => {
  expect(
    read(
      'mac=52-54-00-12-34-56&uuid=4C4C4544-0058-4B10-8032-B7C04F514E33&serial=7XK2QN3&vendor=Dell%20Inc.&model=PowerEdge%20R650',
    ),
  ).toEqual({
    mac: '52:54:00:12:34:56',
    uuid: '4c4c4544-0058-4b10-8032-b7c04f514e33',
    serviceTag: '7XK2QN3',
    vendor: 'Dell Inc.',
    model: 'PowerEdge R650',
  });
});

test('what firmware has when nobody wrote something is nothing', () => {
  expect(
    read(
      'mac=52:54:00:12:34:56&uuid=00000000-0000-0000-0000-000000000000&serial=To%20be%20filled%20by%20O.E.M.&vendor=&model=%20',
    ),
  ).toEqual({
    mac: '52:54:00:12:34:56',
    uuid: undefined,
    serviceTag: undefined,
    vendor: undefined,
    model: undefined,
  });
});

test.each([
  '',
  'mac=',
  'mac=ff:ff:ff:ff:ff:ff',
  'mac=01:00:5e:00:00:01',
  'mac=00:00:00:00:00:00',
  'mac=52:54:00:12:34',
  'mac=52:54:00:12:34:56:78',
  'mac=52:54:00:12:34:5g',
  'mac=525400123456',
  "mac=52:54:00:12:34:56'--",
  'mac=52:54:00:12:34:56&mac=52:54:00:12:34:57',
  'mac=52:54:00:12:34:56&uuid=x',
  'mac=52:54:00:12:34:56&uuid=4c4c4544-0058-4b10-8032-b7c04f514e33-1',
  `mac=52:54:00:12:34:56&serial=${'A'.repeat(65)}`,
  'mac=52:54:00:12:34:56&serial=A%0Aboot',
  'mac=52:54:00:12:34:56&vendor=%ff',
  'mac=52:54:00:12:34:56&model=a%00b',
  'mac=52:54:00:12:34:56&model=%E2%80%AEevil',
])('%s is refused', (query) => {
  const found = read(query);
  expect(typeof found).toBe('string');
  // Never with the text that came.
  expect(found).not.toMatch(/A{9}|5g|\n|evil/);
});
