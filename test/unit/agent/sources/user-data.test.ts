import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { userDataText } from '../../../../src/agent/sources/user-data.ts';
import { FakeHost } from '../../../support/fake-host.ts';

/** The shell with gzip, as far as it is asked here. */
const machine = () =>
  new FakeHost({
    programs: {
      sh: (command, { input }, host) => {
        try {
          host.writeFile(command.at(-1) ?? '', gunzipSync(input as Uint8Array));
          return {};
        } catch {
          return { exitCode: 1, stderr: 'gzip: stdin: invalid compressed data--format violated' };
        }
      },
    },
  });
const bytes = (text: string) => new TextEncoder().encode(text);

test('text comes as it is', () => {
  expect(userDataText(machine(), bytes('#cloud-config\nä: €\n'))).toBe('#cloud-config\nä: €\n');
});

test('nothing and white space are no user data', () => {
  expect(userDataText(machine(), undefined)).toBeUndefined();
  expect(userDataText(machine(), bytes(' \n\t'))).toBeUndefined();
});

test('gzip is unpacked, and its file is gone afterwards', () => {
  const host = machine();
  expect(userDataText(host, gzipSync('#cloud-config\n'))).toBe('#cloud-config\n');
  expect(host.list('/run/basalt/scratch')).toEqual([]);
});

test('damaged gzip is told', () => {
  const damaged = gzipSync('#cloud-config\n');
  damaged.fill(0xff, 12, 20);
  expect(() => userDataText(machine(), damaged)).toThrow('cannot be unpacked: gzip: stdin: invalid');
});

test('more than a megabyte is refused, packed or not', () => {
  const large = 'x'.repeat(1024 * 1024 + 1);
  expect(() => userDataText(machine(), bytes(large))).toThrow('the user data is larger than 1024 KiB');
  expect(() => userDataText(machine(), gzipSync(large))).toThrow('unpacked it has more than 1 MiB');
  expect(userDataText(machine(), bytes(large.slice(1)))).toHaveLength(1024 * 1024);
});
