/** The commands of `basalt-agent`. Each is loaded when it is called. */
import type { CommandEntry } from '../command.ts';

export const commands: Readonly<Record<string, CommandEntry>> = {
  apply: {
    usage: 'apply',
    summary: 'find the configuration and bring this machine to it',
    load: async () => (await import('./apply.ts')).apply,
  },
  status: {
    usage: 'status [--json]',
    summary: 'what was applied, from where, and what differs from it',
    load: async () => (await import('./status.ts')).status,
  },
  validate: {
    usage: 'validate FILE',
    summary: 'check a cloud-config as this machine would',
    load: async () => (await import('./validate.ts')).validate,
  },
  etcd: {
    usage: 'etcd COMMAND',
    summary: "etcd's start in a running cluster, snapshots, upkeep, restoring",
    load: async () => (await import('./etcd.ts')).etcd,
  },
  swarm: {
    usage: 'swarm join',
    summary: 'takes part in a Docker swarm',
    load: async () => (await import('./swarm.ts')).swarm,
  },
};
