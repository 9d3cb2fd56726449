import { expect, test } from 'vitest';
import { tenths } from '../../../../../src/agent/update/fetch/progress.ts';
import { FakeHost } from '../../../../support/fake-host.ts';

const MIB = 1024 * 1024;

test('a line for each tenth, once, and none for small files', () => {
  const host = new FakeHost();
  const large = tenths(host, 'qemu/2/root.zst');
  for (const done of [0, 8, 16, 40, 41, 79, 80]) large(done * MIB, 80 * MIB);
  expect(host.logged).toEqual(
    [10, 20, 50, 90, 100].map((percent) => `info: update: qemu/2/root.zst: ${percent} % of 80 MiB`),
  );
  const small = tenths(host, 'small');
  small(0, MIB);
  small(MIB, MIB);
  tenths(host, 'empty')(0, 0);
  expect(host.logged).toHaveLength(5);
});
