/** Whether a member that a machine wants to replace is dead. */
import type { Host } from '../host.ts';
import { askMember } from './etcdctl.ts';
import type { Member } from './member.ts';
import type { EtcdSettings } from './settings.ts';

/** Between two looks: longer than etcd needs to start again after a crash, RestartSec= included. */
const PAUSE_MS = 8000;

/**
 * Why a member must not be replaced: something is at its address, another member is connected to it, or nobody can
 * tell. Undefined when it looked dead twice, some seconds apart. A connection that died without a word counts as one
 * until the other side's read times out.
 */
export function signOfLife(
  host: Host,
  settings: EtcdSettings,
  member: Member,
  members: readonly Member[],
): string | undefined {
  const first = look(host, settings, member, members);
  if (first !== undefined) return first;
  host.sleep(PAUSE_MS);
  return look(host, settings, member, members);
}

function look(
  host: Host,
  settings: EtcdSettings,
  { id, name, clientUrls }: Member,
  members: readonly Member[],
): string | undefined {
  for (const url of clientUrls) {
    const answer = askMember(host, settings, `${url}/health?serializable=true`);
    switch (answer.kind) {
      case 'page':
        return `${name} (${id}) is alive: it answers at ${url}. Stop it, or give this machine another name`;
      case 'strange':
        return `${name} (${id}) may be alive: something is at ${url} (${answer.problem}). Stop it, or give this machine another name`;
      case 'unnamed':
        return `nobody knows whether ${name} (${id}) is alive: ${url} has no address (${answer.problem})`;
      case 'refused':
      case 'unreachable':
      case 'silent':
        break;
    }
  }
  const others = members.filter((each) => each.id !== id && each.clientUrls.length > 0);
  let witnesses = 0;
  for (const other of others) {
    const metrics = metricsOf(host, settings, other);
    if (metrics === undefined) continue;
    witnesses++;
    // The number of connections that a member has to another: rafthttp's metrics, `Remote` is the other's id.
    const connected = new RegExp(`^etcd_network_active_peers\\{[^}]*Remote="${id}"[^}]*\\} [1-9]`, 'm');
    if (connected.test(metrics)) return `${name} (${id}) is alive: ${other.name} is connected to it`;
  }
  return witnesses === 0 ? `no member tells whether ${name} (${id}) is alive` : undefined;
}

function metricsOf(host: Host, settings: EtcdSettings, { clientUrls }: Member): string | undefined {
  for (const url of clientUrls) {
    const answer = askMember(host, settings, `${url}/metrics`);
    if (answer.kind === 'page' && answer.body !== '') return answer.body;
  }
  return undefined;
}
