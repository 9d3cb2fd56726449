/** A machine as `serve status` and the status page show it. */
import type { KnownMachine } from '../state/machine.ts';
import { stageText } from '../state/stage.ts';

export interface MachineStatus {
  readonly id: string;
  /** Name of its entry of machines.yaml; absent for a machine that has none. */
  readonly name?: string;
  readonly macs: readonly string[];
  readonly uuid?: string;
  readonly serviceTag?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly image?: string;
  readonly version?: string;
  readonly stage: string;
  /** The stage in words: `installing 43 %`. */
  readonly text: string;
  readonly percent?: number;
  readonly lastError?: string;
  /** It installs itself with its next start from the network. */
  readonly armed: boolean;
  readonly attempts: number;
  readonly address?: string;
  /** ISO 8601, UTC. */
  readonly seenAt: string;
  readonly changedAt: string;
}

/** Without what is not known. */
export function machineStatus(machine: KnownMachine): MachineStatus {
  const { id, macs, stage, armed, attempts } = machine;
  const words = stageText(stage, machine.percent, machine.runningVersion);
  const again =
    armed && (stage === 'installed' || stage === 'running') ? ', reinstalls at its next start' : '';
  const optional = {
    name: machine.profile,
    uuid: machine.uuid,
    serviceTag: machine.serviceTag,
    vendor: machine.vendor,
    model: machine.model,
    image: machine.image,
    version: machine.version,
    percent: machine.percent,
    lastError: machine.lastError,
    address: machine.address,
  };
  return {
    id,
    macs,
    stage,
    text: `${words}${again}`,
    armed,
    attempts,
    seenAt: new Date(machine.seenAt).toISOString(),
    changedAt: new Date(machine.changedAt).toISOString(),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}
