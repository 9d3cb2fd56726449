/** `basalt-agent etcd promote`: makes this member a voter when it has caught up. Run after etcd, while it is a learner. */
import type { Host } from '../host.ts';
import { askPeer, etcdctl, lastLine, listMembers } from './etcdctl.ts';
import { LEARNER_FILE } from './join.ts';
import { sameUrls } from './member.ts';
import type { EtcdSettings } from './settings.ts';

/** After it the unit fails, and is started again. */
const LIMIT_MS = 300_000;
const PAUSE_MS = 3000;

/** @returns Undefined when it votes, else why not. */
export function promote(host: Host, settings: EtcdSettings): string | undefined {
  const startedMs = host.monotonicMs();
  let why = '';
  do {
    const outcome = tryPromotion(host, settings);
    if (outcome === undefined) {
      host.remove(LEARNER_FILE);
      return undefined;
    }
    why = outcome;
    host.sleep(PAUSE_MS);
  } while (host.monotonicMs() - startedMs < LIMIT_MS);
  return why;
}

function tryPromotion(host: Host, settings: EtcdSettings): string | undefined {
  // A learner lists no members to clients, but its peers' port does.
  const answer = askPeer(
    host,
    settings,
    settings.listenPeerUrls[0]?.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, '//127.0.0.1') ?? '',
  );
  if (answer.members === undefined) return `etcd does not answer here: ${answer.problem}`;
  const voters = answer.members.filter(
    ({ learner, peerUrls }) => !learner && !sameUrls(peerUrls, settings.peerUrls),
  );
  const endpoints = voters.flatMap(({ clientUrls }) => clientUrls);
  if (endpoints.length === 0) return 'no voting member is known';
  const own = listMembers(host, settings, endpoints)?.find(({ peerUrls }) =>
    sameUrls(peerUrls, settings.peerUrls),
  );
  if (own === undefined) return 'the cluster does not list this member';
  if (!own.learner) return undefined;
  const { exitCode, stderr } = etcdctl(host, settings, endpoints, ['member', 'promote', own.id ?? '']);
  if (exitCode !== 0) return `not promoted yet: ${lastLine(stderr)}`;
  host.log('info', `etcd: ${settings.name} has caught up and votes now`);
  return undefined;
}
