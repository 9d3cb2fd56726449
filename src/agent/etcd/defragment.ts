/**
 * `basalt-agent etcd defrag`: gives free space in etcd's file back to the file system. A member answers nobody while it
 * does so, hence: never two members at once (a lock in etcd itself), never while another member is ill, never as the
 * leader, and only when there is something to gain. https://etcd.io/docs/v3.5/op-guide/maintenance/#defragmentation
 */
import type { Host } from '../host.ts';
import { etcdctl, lastLine, listMembers } from './etcdctl.ts';
import { localStatus } from './local-status.ts';
import type { EtcdSettings } from './settings.ts';

/** Less free space than this is not worth a pause. */
const LEAST_FREE_BYTES = 16 * 1024 * 1024;
const LEAST_FREE_SHARE = 0.3;
const TIMEOUT_MS = 20 * 60_000;
/** The lock of a member that died is free after it. */
const LOCK_SECONDS = 60;
const LOCK_NAME = 'basalt/defrag';

export type DefragmentResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string };

/** @param force Also when there is little to gain. */
export function defragment(host: Host, settings: EtcdSettings, force: boolean): DefragmentResult {
  const before = localStatus(host, settings);
  if (before === undefined) return { ok: false, text: `etcd does not answer at ${settings.localEndpoint}` };
  if (before.isLearner)
    return { ok: true, text: 'this member is a learner: it is defragmented when it votes' };
  const freeBytes = before.sizeBytes - before.usedBytes;
  if (!force && (freeBytes < LEAST_FREE_BYTES || freeBytes < before.sizeBytes * LEAST_FREE_SHARE))
    return { ok: true, text: `nothing to gain: ${freeBytes} of ${before.sizeBytes} bytes are free` };
  const members = listMembers(host, settings, [settings.localEndpoint]);
  if (members === undefined) return { ok: false, text: 'the cluster has no leader now: not defragmented' };
  const others = members.filter(({ id }) => id !== before.id);
  const endpoints = members.flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
  const health = etcdctl(host, settings, endpoints, ['endpoint', 'health']);
  if (health.exitCode !== 0 || endpoints.length < members.length)
    return { ok: false, text: `a member is not healthy: not defragmented. ${lastLine(health.stderr)}` };
  const locked = ['lock', `--ttl=${LOCK_SECONDS}`, '--', LOCK_NAME, 'basalt-agent', 'etcd', 'defrag-locked'];
  // The lock is kept up through another member, since this one will not answer.
  const keepers = others.flatMap(({ clientUrls }) => clientUrls);
  const done = etcdctl(host, settings, keepers.length > 0 ? keepers : [settings.localEndpoint], locked, {
    timeoutMs: TIMEOUT_MS,
  });
  if (done.exitCode !== 0) return { ok: false, text: `not defragmented: ${lastLine(done.stderr)}` };
  const after = localStatus(host, settings);
  return { ok: true, text: `${before.sizeBytes} bytes before, ${after?.sizeBytes ?? 'unknown'} after` };
}

/**
 * `basalt-agent etcd defrag-locked`, run by `etcdctl lock` while it holds the lock: who leads may have changed while it
 * waited.
 */
export function defragmentLocked(host: Host, settings: EtcdSettings): DefragmentResult {
  const local = localStatus(host, settings);
  if (local === undefined) return { ok: false, text: `etcd does not answer at ${settings.localEndpoint}` };
  const members = listMembers(host, settings, [settings.localEndpoint]) ?? [];
  const successor = members.find(({ id, learner }) => id !== local.id && !learner);
  if (local.isLeader && successor !== undefined) {
    const moved = etcdctl(host, settings, [settings.localEndpoint], ['move-leader', successor.id ?? '']);
    if (moved.exitCode !== 0)
      return { ok: false, text: `this member leads, and cannot hand over: ${lastLine(moved.stderr)}` };
  }
  const timeoutMs = TIMEOUT_MS - LOCK_SECONDS * 1000;
  const done = etcdctl(host, settings, [settings.localEndpoint], ['defrag'], { timeoutMs });
  return done.exitCode === 0
    ? { ok: true, text: 'defragmented' }
    : { ok: false, text: `not defragmented: ${lastLine(done.stderr)}` };
}
