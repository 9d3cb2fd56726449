/**
 * What a member without data does before etcd starts. Pure.
 *
 * A member that lost its data must never come back under its old id: it may have promised its vote, or kept the only
 * second copy of a write. So its old membership is removed and it joins as a new member, a learner first
 * (https://etcd.io/docs/v3.5/op-guide/runtime-configuration/, https://etcd.io/docs/v3.5/learning/design-learner/).
 */
import type { PeerAnswer } from './etcdctl.ts';
import { type Member, sameUrls } from './member.ts';
import type { EtcdSettings } from './settings.ts';

export type JoinDecision =
  /** Start as configured. */
  | { readonly do: 'start' }
  /** Ask again later. */
  | { readonly do: 'wait'; readonly why: string }
  /** The cluster runs: agree with it on the members, at these clients' addresses. */
  | { readonly do: 'join'; readonly endpoints: readonly string[] };

/** What to do when the cluster runs and its members are known for certain. */
export type Membership =
  /** The cluster expects this member. */
  | { readonly do: 'use' }
  | { readonly do: 'add' }
  /** Its predecessor goes, if it is dead. */
  | { readonly do: 'replace'; readonly member: Member }
  /** It belongs to the first bootstrap, which is not over. */
  | { readonly do: 'start' }
  | { readonly do: 'refuse'; readonly why: string };

type Own = Pick<EtcdSettings, 'name' | 'peerUrls' | 'initialClusterState' | 'join'>;
type First = Pick<EtcdSettings, 'peerUrls' | 'initialCluster' | 'initialClusterState' | 'join'>;

/** Decides from what the peers answered. */
export function decideFromAnswers(own: Own, answers: readonly PeerAnswer[]): JoinDecision {
  const answered = answers.filter(({ members }) => members !== undefined);
  if (answered.length === 0) {
    const seen = answers.map(({ url, problem }) => `${url}: ${problem}`).join('; ');
    return { do: 'wait', why: `no member answers (${seen})` };
  }
  const clusters = [...new Set(answered.map(({ clusterId }) => clusterId))];
  if (clusters.length > 1) {
    const seen = answered.map(({ url, clusterId }) => `${url} belongs to ${clusterId}`).join(', ');
    return { do: 'wait', why: `the members are of different clusters: ${seen}` };
  }
  const members = answered.flatMap((answer) => answer.members ?? []);
  const mine = members.filter((member) => sameUrls(member.peerUrls, own.peerUrls));
  const isFirstBootstrap =
    canBootstrap(own) &&
    mine.length > 0 &&
    mine.every(({ name, clientUrls }) => name === own.name && clientUrls.length === 0);
  if (isFirstBootstrap) return { do: 'start' };
  const endpoints = [
    ...new Set(members.filter((each) => !isSame(each, own)).flatMap(({ clientUrls }) => clientUrls)),
  ];
  if (endpoints.length === 0)
    return { do: 'wait', why: 'the cluster is only being made, and does not expect this member' };
  return { do: 'join', endpoints };
}

/** Decides from the members that the cluster agrees on. */
export function decideMembership(own: Own, members: readonly Member[]): Membership {
  const mine = members.filter((member) => isSame(member, own));
  const [found] = mine;
  if (found === undefined) return { do: 'add' };
  if (mine.length > 1) {
    const seen = mine
      .map(({ name, peerUrls }) => `${name || 'a new member'} at ${peerUrls.join(',')}`)
      .join(' and ');
    return {
      do: 'refuse',
      why: `this machine is ${own.name} at ${own.peerUrls.join(',')}, and the cluster has ${seen}: remove one with etcdctl member remove`,
    };
  }
  const isHere = sameUrls(found.peerUrls, own.peerUrls);
  if (isHere && found.name !== '' && found.name !== own.name) {
    return {
      do: 'refuse',
      why: `${own.peerUrls.join(',')} belongs to the member ${found.name}, and this machine is ${own.name}`,
    };
  }
  if (found.clientUrls.length > 0) return { do: 'replace', member: found };
  if (isHere && found.name === '') return { do: 'use' };
  if (isHere && canBootstrap(own)) return { do: 'start' };
  return { do: 'replace', member: found };
}

/** Whether a start without a running cluster is what the settings ask for. */
export function canBootstrap(own: Pick<Own, 'initialClusterState' | 'join'>): boolean {
  return own.initialClusterState === 'new' && own.join.length === 0;
}

/**
 * What keeps a member without data from starting a cluster of which it has seen nobody. Undefined: nothing does.
 *
 * Silence says nothing: a cluster may run behind a network that is down, and this member may have lost its disk. Once a
 * majority of the *other* members have machines that refuse the connection, no majority of all can be running. Waiting
 * costs a new cluster nothing: etcd could not begin without a majority either, and a machine that waits here refuses
 * connections, which is what the others wait for.
 */
export function missingForBootstrap(own: First, answers: readonly PeerAnswer[]): string | undefined {
  if (!canBootstrap(own)) return 'it must join a running cluster';
  const there = answers.find(({ kind }) => kind === 'members' || kind === 'strange');
  if (there !== undefined) return `something is at ${there.url}`;
  const refusing = new Set(answers.filter(({ kind }) => kind === 'refused').map(({ url }) => url));
  const others = [...own.initialCluster.values()].filter(
    (urls) => !urls.some((url) => own.peerUrls.includes(url)),
  );
  // A member with several addresses is one machine, and etcd listens on all of them or on none.
  const up = others.filter((urls) => urls.some((url) => refusing.has(url))).length;
  const needed = Math.floor(others.length / 2) + 1;
  if (up >= needed) return undefined;
  return `to start a new cluster, the machines of ${needed} of the ${others.length} other members must be up, and ${up} are`;
}

function isSame(member: Member, own: Own): boolean {
  return member.name === own.name || member.peerUrls.some((url) => own.peerUrls.includes(url));
}
