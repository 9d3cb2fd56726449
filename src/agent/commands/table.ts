/** The commands of `basalt-agent`. Each is loaded when it is called. */
import type { CommandEntry } from '../command.ts';

export const commands: Readonly<Record<string, CommandEntry>> = {
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
