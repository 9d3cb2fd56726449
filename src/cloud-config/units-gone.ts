/** Units that CoreOS had and this system has not, and what to do instead. */

const ETCD = 'the service is etcd.service, set up by coreos.etcd2; the image needs the feature etcd';
const FLEET = 'fleet is gone: run containers from units of your own, or with swarm';
const FLANNEL =
  'flannel is gone: swarm has overlay networks, and podman and docker have networks of their own';
const UPDATES = 'write coreos.update: reboot-strategy: off keeps the machine from restarting for updates';
const RKT = 'rkt is gone: podman runs pods without a daemon, with signature policies';

/** By name. */
export const goneUnits: Readonly<Record<string, string>> = {
  'etcd2.service': ETCD,
  'etcd-member.service': ETCD,
  'fleet.service': FLEET,
  'fleet.socket': FLEET,
  'flanneld.service': FLANNEL,
  'flannel-docker-opts.service': FLANNEL,
  'early-docker.service': FLANNEL,
  'early-docker.target': FLANNEL,
  'locksmithd.service': UPDATES,
  'update-engine.service': UPDATES,
  'update-engine-stub.timer': UPDATES,
  'rkt-api.service': RKT,
  'rkt-gc.timer': RKT,
  'rkt-metadata.service': RKT,
  'ntpd.service': 'time is kept by systemd-timesyncd.service',
};
