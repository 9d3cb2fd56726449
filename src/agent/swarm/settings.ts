/** What the configuration says of a machine's part in a swarm: /etc/basalt/swarm.env, by way of the unit. */
import type { EtcdSettings } from '../etcd/settings.ts';
import type { Host } from '../host.ts';

export interface SwarmSettings {
  readonly role: 'manager' | 'worker';
  /** Several swarms may use one etcd. */
  readonly swarm: string;
  /** This machine's address, or interface, for the others. */
  readonly address: string;
  readonly endpoints: readonly string[];
  readonly tls: EtcdSettings['clientTls'];
}

/** @returns The settings, or what is missing. */
export function readSwarmSettings(host: Host): SwarmSettings | string {
  const value = (name: string) => host.environment(`BASALT_SWARM_${name}`) || undefined;
  const role = value('ROLE');
  if (role !== 'manager' && role !== 'worker')
    return `BASALT_SWARM_ROLE is ${role ?? 'not set'}: manager or worker is needed`;
  const address = value('ADDRESS');
  if (address === undefined) return 'BASALT_SWARM_ADDRESS is not set: the address of this machine is needed';
  const swarm = value('NAME') ?? 'default';
  if (!/^[\w.-]+$/.test(swarm))
    return `BASALT_SWARM_NAME is ${swarm}: only letters, digits, dot, dash and underscore are possible`;
  return {
    role,
    swarm,
    address,
    endpoints: (value('ETCD') ?? 'http://127.0.0.1:2379').split(','),
    tls: { trustedCa: value('ETCD_CACERT'), certificate: value('ETCD_CERT'), key: value('ETCD_KEY') },
  };
}
