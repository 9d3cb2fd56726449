/**
 * `basalt-agent etcd join`: run by etcd's unit before etcd. A member that has data starts as it is. A member that has
 * none asks the others first: it takes part in the first bootstrap, or joins the running cluster, in place of its dead
 * predecessor if it has one. Doing it again at any point is safe.
 */
import type { Host } from '../host.ts';
import { renderEnvironmentFile } from './environment.ts';
import { askPeer, etcdctl, lastLine, listMembers } from './etcdctl.ts';
import { canBootstrap, decideFromAnswers, decideMembership, missingForBootstrap } from './join-decision.ts';
import { initialClusterOf, type Member, sameUrls } from './member.ts';
import { type EtcdSettings, hostOf, otherPeers, restoringFolder } from './settings.ts';
import { signOfLife } from './sign-of-life.ts';

/** Read by etcd's unit after this program has ended; its values win over the configuration's. */
export const JOIN_FILE = '/run/basalt/etcd-join.env';
/** There while this member is a learner: `basalt-etcd-promote.service` waits for it. */
export const LEARNER_FILE = '/var/lib/basalt/etcd-learner';

/** After it the unit fails, says why, and starts again. */
const LIMIT_MS = 60_000;
const PAUSE_MS = 2000;
/** A member of a first bootstrap starts after so many rounds in which enough machines answer and have no etcd. */
const REFUSED_ROUNDS = 3;

/** How joining ended. */
export type JoinResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string };

/** Prepares etcd's start. */
export function join(host: Host, settings: EtcdSettings): JoinResult {
  if (hasData(host, settings)) return asConfigured(host, 'etcd has data: it starts with what it knows');
  const restoring = restoringFolder(settings);
  // It may be half a restore, or a whole one that was not put in place: an empty member must not start instead of it.
  if (host.kind(restoring) !== undefined) {
    return {
      ok: false,
      text: `a restore did not end: ${restoring} is there, and no data in ${settings.dataDir}. Run basalt-agent etcd restore again with the same file, or remove ${restoring} to start without that data`,
    };
  }
  if (settings.usesDiscovery) return asConfigured(host, 'etcd asks its discovery service itself');
  const peers = otherPeers(settings);
  if (peers.length === 0) {
    if (canBootstrap(settings))
      return asConfigured(host, 'there are no other members: etcd starts on its own');
    return {
      ok: false,
      text: 'initial-cluster-state is existing, and initial-cluster names no other member',
    };
  }
  return ask(host, settings, peers);
}

/** Whether etcd has run here: it looks for a write-ahead log, as etcd does. */
function hasData(host: Host, { dataDir, walDir }: Pick<EtcdSettings, 'dataDir' | 'walDir'>): boolean {
  return host.list(walDir ?? `${dataDir}/member/wal`).some((name) => name.endsWith('.wal'));
}

function ask(host: Host, settings: EtcdSettings, peers: readonly string[]): JoinResult {
  const startedMs = host.monotonicMs();
  let refusedRounds = 0;
  let why = '';
  while (host.monotonicMs() - startedMs < LIMIT_MS) {
    why = missingAddress(host, settings) ?? '';
    if (why === '') {
      const answers = peers.map((url) => askPeer(host, settings, url));
      const missing = missingForBootstrap(settings, answers);
      refusedRounds = missing === undefined ? refusedRounds + 1 : 0;
      if (refusedRounds >= REFUSED_ROUNDS)
        return asConfigured(host, 'no other member runs yet: etcd starts and waits for them');
      const decision = decideFromAnswers(settings, answers);
      if (decision.do === 'start') return asConfigured(host, 'the cluster is being made: etcd takes part');
      if (decision.do === 'join') {
        const result = joinRunning(host, settings, decision.endpoints);
        if (typeof result !== 'string') return result;
        why = result;
      } else {
        const isNobody = answers.every(({ members }) => members === undefined);
        why = isNobody && missing !== undefined ? `${decision.why}; ${missing}` : decision.why;
      }
    }
    host.sleep(PAUSE_MS);
  }
  return { ok: false, text: why };
}

/** One try. A text says why it has to be tried again. */
function joinRunning(host: Host, settings: EtcdSettings, endpoints: readonly string[]): JoinResult | string {
  const members = listMembers(host, settings, endpoints);
  if (members === undefined)
    return `the cluster has no leader, or lets nobody in (asked ${endpoints.join(', ')})`;
  const decision = decideMembership(settings, members);
  switch (decision.do) {
    case 'refuse':
      return decision.why;
    case 'start':
      return asConfigured(host, 'the cluster is being made: etcd takes part');
    case 'use':
      return startAsMember(host, settings, members);
    case 'replace': {
      const alive = signOfLife(host, settings, decision.member, members);
      if (alive !== undefined) return alive;
      const problem = removeMember(host, settings, endpoints, decision.member);
      if (problem !== undefined) return problem;
      break;
    }
    case 'add':
      break;
  }
  return addMember(host, settings, endpoints);
}

function addMember(host: Host, settings: EtcdSettings, endpoints: readonly string[]): JoinResult | string {
  const command = ['member', 'add', settings.name, `--peer-urls=${settings.peerUrls.join(',')}`, '--learner'];
  // Before it: a power cut in between must not leave a learner for ever.
  host.writeFile(LEARNER_FILE, `${settings.name}\n`);
  const { exitCode, stderr } = etcdctl(host, settings, endpoints, command);
  // Its answer may be lost although the cluster agreed: the list decides.
  const members = listMembers(host, settings, endpoints);
  if (members !== undefined && decideMembership(settings, members).do === 'use') {
    host.log('info', `etcd: added ${settings.name} to the cluster, as a learner`);
    return startAsMember(host, settings, members);
  }
  return `the cluster does not take ${settings.name} now: ${exitCode === 0 ? 'it is not in the list yet' : lastLine(stderr)}`;
}

function startAsMember(host: Host, settings: EtcdSettings, members: readonly Member[]): JoinResult {
  const own = members.find(({ peerUrls }) => sameUrls(peerUrls, settings.peerUrls));
  // The disk that remembered it may be gone.
  if (own?.learner) host.writeFile(LEARNER_FILE, `${settings.name}\n`);
  host.writeFile(
    JOIN_FILE,
    renderEnvironmentFile({
      ETCD_INITIAL_CLUSTER: initialClusterOf(members, settings),
      ETCD_INITIAL_CLUSTER_STATE: 'existing',
    }),
  );
  return { ok: true, text: `${settings.name} joins the running cluster of ${members.length} members` };
}

function removeMember(
  host: Host,
  settings: EtcdSettings,
  endpoints: readonly string[],
  { id = '', name, peerUrls }: Member,
): string | undefined {
  const { exitCode, stderr } = etcdctl(host, settings, endpoints, ['member', 'remove', id]);
  if (exitCode !== 0) return `the cluster does not let ${name} (${id}) go now: ${lastLine(stderr)}`;
  host.log(
    'info',
    `etcd: removed the dead member ${name} (${id}, ${peerUrls.join(',')}), whose place this machine takes`,
  );
  return undefined;
}

/** Undefined when the machine has the address that the others shall reach it at. */
function missingAddress(host: Host, settings: EtcdSettings): string | undefined {
  const wanted = settings.listenPeerUrls.map(hostOf).filter((each) => /^[\d.]+$|:/.test(each));
  const everywhere = ['0.0.0.0', '::'];
  const missing = wanted.filter((each) => !everywhere.includes(each) && !/^127\.|^::1$/.test(each));
  if (missing.length === 0) return undefined;
  const { exitCode, stdout } = host.run(['ip', '-oneline', 'address', 'show']);
  if (exitCode !== 0) return undefined;
  const present = new Set([...stdout.matchAll(/ inet6? ([^/\s]+)/g)].map(([, address]) => address));
  const absent = missing.filter((each) => !present.has(each));
  return absent.length === 0 ? undefined : `the machine has not the address ${absent.join(', ')} yet`;
}

function asConfigured(host: Host, text: string): JoinResult {
  host.remove(JOIN_FILE);
  return { ok: true, text };
}
