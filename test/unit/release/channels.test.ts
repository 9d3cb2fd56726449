import { expect, test } from 'vitest';
import { channelsIn, imagesIn, versionsIn } from '../../../src/release/catalogue.ts';
import { withRelease } from '../../../src/release/promote.ts';
import { keepNewest } from '../../../src/release/retire.ts';
import type { Channel, ChannelRelease } from '../../../src/release-format/channel.ts';

const now = new Date('2026-11-22T06:31:46.437Z');
const channel = (...releases: (string | ChannelRelease)[]): Channel => ({
  image: 'qemu',
  channel: 'stable',
  releases: releases.map((release) =>
    typeof release === 'string' ? { version: release, promotedAt: '2026-01-01T00:00:00Z' } : release,
  ),
});
const change = (version: string, more: { barrier?: string | false; deadEnd?: string | false } = {}) => ({
  version,
  channel: 'stable',
  ...more,
});
const names = ({ releases }: Channel) => releases.map(({ version }) => version);

test('a release gets its place in the order of versions, and the date', () => {
  const changed = withRelease(channel('1.9', '1.11'), change('1.10'), now);
  expect(names(changed)).toEqual(['1.9', '1.10', '1.11']);
  expect(changed.releases[1]?.promotedAt).toBe('2026-11-22T06:31:46Z');
});

test('a reason is set, stays, and is taken away; the date stays', () => {
  const set = withRelease(channel('1', '2'), change('1', { barrier: 'a', deadEnd: 'b' }), now);
  expect(set.releases[0]).toEqual({
    version: '1',
    promotedAt: '2026-01-01T00:00:00Z',
    barrier: 'a',
    deadEnd: 'b',
  });
  expect(withRelease(set, change('1'), now)).toEqual(set);
  expect(withRelease(set, change('1', { barrier: false }), now).releases[0]).toMatchObject({
    barrier: undefined,
    deadEnd: 'b',
  });
});

test('a dead end is of a release that the channel has', () => {
  expect(() => withRelease(channel('1'), change('2', { deadEnd: 'why' }), now)).toThrow(/does not have 2/);
  expect(names(withRelease(channel('1'), change('2', { barrier: 'why' }), now))).toEqual(['1', '2']);
});

const at = (version: string, more: Partial<ChannelRelease>): ChannelRelease => ({
  version,
  promotedAt: '2026-01-01T00:00:00Z',
  ...more,
});

test('of a channel the newest stay, and barriers and dead ends', () => {
  const stable = channel(at('1', { deadEnd: 'x' }), '2', at('3', { barrier: 'y' }), '4', '5');
  const { channels, removed } = keepNewest([stable], ['1', '2', '3', '4', '5'], 1);
  expect(channels.map(names)).toEqual([['1', '3', '5']]);
  expect(removed).toEqual(['2', '4']);
});

test('what another channel has stays, and what is newer than all of them', () => {
  const beta: Channel = { ...channel('4', '6'), channel: 'beta' };
  const { channels, removed } = keepNewest(
    [channel('1', '2', '4'), beta],
    ['0', '1', '2', '3', '4', '5', '6', '7'],
    2,
  );
  expect(channels.map(names)).toEqual([
    ['2', '4'],
    ['4', '6'],
  ]);
  expect(removed).toEqual(['0', '1', '3', '5']);
});

test('without a channel nothing is old', () => {
  expect(keepNewest([], ['1', '2'], 1).removed).toEqual([]);
  expect(keepNewest([channel()], ['1', '2'], 1).removed).toEqual([]);
});

test('what a repository has is read from the paths of its targets', () => {
  const paths = [
    'qemu/1.10/release.json',
    'qemu/1.9/release.json',
    'qemu/1.9/root.zst',
    'qemu/1.8/root.zst',
    'qemu/channels/stable.json',
    'metal/1/release.json',
    'metal/channels/beta.json',
  ];
  expect(imagesIn(paths)).toEqual(['metal', 'qemu']);
  expect(versionsIn(paths, 'qemu')).toEqual(['1.9', '1.10']);
  expect(channelsIn(paths, 'metal')).toEqual(['beta']);
});
