import { expect, test } from 'vitest';
import type { PeerAnswer } from '../../../../src/agent/etcd/etcdctl.ts';
import { decideFromAnswers, decideMembership } from '../../../../src/agent/etcd/join-decision.ts';
import type { Member } from '../../../../src/agent/etcd/member.ts';

const own = { name: 'b', peerUrls: ['http://b:2380'], initialClusterState: 'new' as const, join: [] };
const joining = { ...own, initialClusterState: 'existing' as const };

const member = (name: string, more: Partial<Member> = {}): Member => ({
  id: `1${name}`,
  name,
  peerUrls: [`http://${name}:2380`],
  clientUrls: [`http://${name}:2379`],
  learner: false,
  ...more,
});
const answer = (url: string, members: readonly Member[] | undefined, clusterId = 'c1'): PeerAnswer => ({
  url,
  members,
  clusterId: members && clusterId,
  kind: members === undefined ? 'refused' : 'members',
  problem: members ? '' : 'refused',
});

test('nobody answers: wait', () => {
  expect(decideFromAnswers(own, [answer('http://a:2380', undefined)])).toEqual({
    do: 'wait',
    why: 'no member answers (http://a:2380: refused)',
  });
});

test('the first bootstrap goes on while this member has never run', () => {
  const members = [member('a'), member('b', { clientUrls: [] }), member('c')];
  expect(decideFromAnswers(own, [answer('http://a:2380', members)])).toEqual({ do: 'start' });
});

test('a member that ran once does not bootstrap again, even if one of the peers has not heard of it', () => {
  const stale = [member('a'), member('b', { clientUrls: [] })];
  const fresh = [member('a'), member('b')];
  expect(decideFromAnswers(own, [answer('http://a:2380', stale), answer('http://c:2380', fresh)])).toEqual({
    do: 'join',
    endpoints: ['http://a:2379'],
  });
});

test('a member that joins never bootstraps', () => {
  const members = [member('a'), member('b', { clientUrls: [] })];
  expect(decideFromAnswers(joining, [answer('http://a:2380', members)])).toMatchObject({ do: 'join' });
  expect(
    decideFromAnswers({ ...own, join: ['http://a:2380'] }, [answer('http://a:2380', members)]),
  ).toMatchObject({ do: 'join' });
});

test('two clusters: wait, and say which', () => {
  const answers = [answer('http://a:2380', [member('a')]), answer('http://c:2380', [member('c')], 'c2')];
  expect(decideFromAnswers(own, answers)).toMatchObject({
    do: 'wait',
    why: expect.stringContaining('http://c:2380 belongs to c2'),
  });
});

test('a cluster that is being made without this member: wait', () => {
  const members = [member('a', { clientUrls: [] })];
  expect(decideFromAnswers(own, [answer('http://a:2380', members)])).toMatchObject({ do: 'wait' });
});

test.each([
  ['a stranger is added', [member('a')], { do: 'add' }],
  [
    'one that was added is used',
    [member('a'), member('', { peerUrls: ['http://b:2380'], clientUrls: [] })],
    { do: 'use' },
  ],
  ['one that ran is replaced', [member('a'), member('b')], { do: 'replace', member: member('b') }],
  [
    'one that ran at another address is replaced',
    [member('a'), member('b', { peerUrls: ['http://old:2380'] })],
    { do: 'replace', member: member('b', { peerUrls: ['http://old:2380'] }) },
  ],
  ['one of the first bootstrap starts', [member('a'), member('b', { clientUrls: [] })], { do: 'start' }],
] as const)('%s', (_, members, decision) => {
  expect(decideMembership(own, members)).toEqual(decision);
});

test('the address of another member is refused', () => {
  const members = [member('a'), member('z', { peerUrls: ['http://b:2380'] })];
  expect(decideMembership(own, members)).toEqual({
    do: 'refuse',
    why: 'http://b:2380 belongs to the member z, and this machine is b',
  });
});

test('two members that could be this one are refused', () => {
  const members = [
    member('b', { peerUrls: ['http://old:2380'] }),
    member('', { peerUrls: ['http://b:2380'], clientUrls: [] }),
  ];
  expect(decideMembership(own, members)).toMatchObject({
    do: 'refuse',
    why: expect.stringContaining('b at http://old:2380 and a new member at http://b:2380'),
  });
});
