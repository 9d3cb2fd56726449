import { expect, test } from 'vitest';
import type { Channel, ChannelRelease } from '../../../src/release-format/channel.ts';
import { nextRelease } from '../../../src/release-format/next-release.ts';

function channel(...releases: Partial<ChannelRelease>[]): Channel {
  return {
    image: 'qemu',
    channel: 'stable',
    releases: releases.map((release, index) => ({
      version: String(index + 1),
      promotedAt: '2026-01-01T00:00:00Z',
      ...release,
    })),
  };
}
const none = new Set<string>();

test('the newest is taken, whatever lies between', () => {
  expect(nextRelease(channel({}, {}, {}), '1', none)).toEqual({ kind: 'take', version: '3' });
});

test('nothing is taken when nothing is newer, nor when the running version is newer than the channel', () => {
  expect(nextRelease(channel({}, {}), '2', none)).toEqual({ kind: 'none' });
  expect(nextRelease(channel({}, {}), '7', none)).toEqual({ kind: 'none' });
});

test('a barrier is not passed over', () => {
  expect(nextRelease(channel({}, { barrier: 'new partition table' }, {}), '1', none)).toEqual({
    kind: 'take',
    version: '2',
    onTheWayTo: { version: '3', reason: 'new partition table' },
  });
  expect(nextRelease(channel({}, { barrier: 'x' }, {}), '2', none)).toEqual({ kind: 'take', version: '3' });
});

test('a barrier that was refused here is not passed over either', () => {
  expect(nextRelease(channel({}, { barrier: 'x' }, {}), '1', new Set(['2']))).toEqual({
    kind: 'rejected',
    version: '2',
  });
});

test('nobody is led into a dead end', () => {
  const releases = channel({}, { deadEnd: 'no way on' }, {});
  expect(nextRelease(releases, '1', new Set(['3']))).toEqual({ kind: 'rejected', version: '3' });
  expect(nextRelease(channel({}, { deadEnd: 'no way on' }), '1', none)).toEqual({ kind: 'none' });
});

test('a version that was refused here is passed over: the newest that was not is taken', () => {
  expect(nextRelease(channel({}, {}, {}), '1', new Set(['3']))).toEqual({ kind: 'take', version: '2' });
  expect(nextRelease(channel({}, {}, {}), '2', new Set(['3']))).toEqual({ kind: 'rejected', version: '3' });
});

test('a dead end says why', () => {
  expect(nextRelease(channel({ deadEnd: 'install again: the slots are too small' }, {}), '1', none)).toEqual({
    kind: 'dead-end',
    reason: 'install again: the slots are too small',
  });
});
