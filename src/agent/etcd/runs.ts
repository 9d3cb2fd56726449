/** Whether this machine is a member of an etcd cluster. */
import type { Host } from '../host.ts';
import { unitExists } from '../machine/units.ts';
import { ETCD_UNIT } from './settings.ts';

/** True where etcd's service is enabled, or runs. */
export function runsEtcd(host: Host): boolean {
  if (!unitExists(host, ETCD_UNIT)) return false;
  return ['is-enabled', 'is-active'].some(
    (question) => host.run(['systemctl', '--quiet', question, ETCD_UNIT]).exitCode === 0,
  );
}
