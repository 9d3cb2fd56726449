/**
 * Whether etcd keeps its majority without this machine. A place in the lock says only that no other machine is down on
 * purpose: one may have died, and then the restart of another would stop the whole cluster.
 */
import { askMember, listMembers } from '../etcd/etcdctl.ts';
import type { Member } from '../etcd/member.ts';
import { runsEtcd } from '../etcd/runs.ts';
import { type EtcdSettings, readEtcdSettings } from '../etcd/settings.ts';
import type { Host } from '../host.ts';

/**
 * @returns Why this machine must not restart now. Undefined: it is no member, or the others are enough; also where all
 * others are well and it is too few of them, as in a cluster of two, which cannot be helped.
 */
export function missingMajority(host: Host): string | undefined {
  if (!runsEtcd(host)) return undefined;
  const settings = readEtcdSettings(host);
  const members = listMembers(host, settings, [settings.localEndpoint]);
  if (members === undefined) return `etcd at ${settings.localEndpoint} does not tell its members`;
  const voters = members.filter(({ learner }) => !learner);
  const others = voters.filter(({ peerUrls }) => !peerUrls.some((url) => settings.peerUrls.includes(url)));
  // A learner restarts without any harm.
  if (others.length === voters.length) return undefined;
  const ill = others.filter((member) => !isWell(host, settings, member));
  const needed = Math.floor(voters.length / 2) + 1;
  if (ill.length === 0 || others.length - ill.length >= needed) return undefined;
  return `etcd would lose its majority: ${ill.map(({ name, id }) => name || id).join(', ')} not healthy`;
}

/** etcd's /health: whether it has a leader and takes writes. */
function isWell(host: Host, settings: EtcdSettings, { clientUrls }: Member): boolean {
  return clientUrls.some((url) => {
    const answer = askMember(host, settings, `${url}/health`);
    return answer.kind === 'page' && /"health" *: *"?true/.test(answer.body);
  });
}
