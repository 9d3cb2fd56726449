/** The form of a whole cloud-config. */
import { etcdShape } from './etcd.ts';
import { filesShape } from './files.ts';
import { foreignKeys } from './foreign-keys.ts';
import { hostnameShape } from './names.ts';
import { oemShape } from './oem.ts';
import { section, text } from './shape.ts';
import { unitsShape } from './units.ts';
import { locksmithShape, updateShape } from './update.ts';
import { keysShape, usersShape } from './users.ts';

const CONTAINERS = 'run containers from units: podman (Quadlet files), docker, or swarm for several machines';

const coreosShape = section(
  'units, etcd, updates: what this system has beside the keys that other cloud-configs know',
  {
    units: unitsShape,
    etcd2: etcdShape,
    etcd: { ...etcdShape, description: 'the same as etcd2' },
    update: updateShape,
    locksmith: locksmithShape,
    oem: oemShape,
  },
  {
    refused: {
      fleet: `fleet has ended, and nothing here reads its settings; ${CONTAINERS}`,
      flannel: `flannel is not part of this system; swarm has overlay networks of its own, podman and docker networks too. Otherwise run a network plug-in as a container`,
      etcd3: 'write etcd2: it is the key for etcd, whatever its version',
      etcd_member: 'write etcd2',
      docker: 'write /etc/docker/daemon.json with write_files',
      rkt: 'rkt has ended; podman runs pods without a daemon, with signature policies',
      write_files: 'it belongs to the top level, beside coreos:',
      users: 'it belongs to the top level, beside coreos:',
      hostname: 'it belongs to the top level, beside coreos:',
      ssh_authorized_keys: 'it belongs to the top level, beside coreos:',
      manage_etc_hosts: 'it belongs to the top level, beside coreos:',
    },
  },
);

/** The form of a cloud-config. */
export const cloudConfigShape = section(
  'what a Basalt machine is asked to be',
  {
    hostname: hostnameShape,
    ssh_authorized_keys: keysShape('the user core'),
    users: usersShape,
    write_files: filesShape,
    manage_etc_hosts: text("localhost: the machine's own name leads to 127.0.0.1", {
      check: (value) =>
        value === 'localhost'
          ? undefined
          : {
              reason: 'which is not supported',
              hint: 'write localhost; for other names write /etc/hosts with write_files',
            },
      pattern: '^localhost$',
      flags: true,
    }),
    coreos: coreosShape,
    basalt: { ...coreosShape, description: 'another name of coreos' },
  },
  { refused: foreignKeys },
);
