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
  update: {
    usage: 'update COMMAND',
    summary: 'newer versions of the system, and the way back',
    load: async () => (await import('./update.ts')).update,
  },
  health: {
    usage: 'health COMMAND',
    summary: 'whether this machine is well: units, etcd, checks of its owner',
    load: async () => (await import('./health.ts')).health,
  },
  reboot: {
    usage: 'reboot COMMAND',
    summary: 'when this machine may restart, and the lock it shares with others',
    load: async () => (await import('./reboot.ts')).reboot,
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
  report: {
    usage: 'report',
    summary: 'tells the server that installed this machine what runs',
    load: async () => (await import('./report.ts')).report,
  },
};
