/** Whether etcd is well, on a machine that is a member of a cluster. */
import { etcdctl, lastLine } from '../etcd/etcdctl.ts';
import { localStatus } from '../etcd/local-status.ts';
import { runsEtcd } from '../etcd/runs.ts';
import { readEtcdSettings } from '../etcd/settings.ts';
import type { Host } from '../host.ts';
import { type Finding, well } from './finding.ts';

/** A member is well when it answers a read that needs the majority; a learner, which may not, when it answers at all. */
export function checkEtcd(host: Host): Finding {
  if (!runsEtcd(host)) return well;
  const settings = readEtcdSettings(host);
  const health = etcdctl(host, settings, [settings.localEndpoint], ['endpoint', 'health']);
  if (health.exitCode === 0 || localStatus(host, settings)?.isLearner) return well;
  const words = lastLine(health.stderr) || lastLine(health.stdout) || 'no answer';
  return { ...well, waitsFor: [`etcd at ${settings.localEndpoint} is not healthy: ${words}`] };
}
