/** How far a machine is, as far as its BMC can tell. */

import { type Bmc, readSystem } from './bmc.ts';
import { awaitsBoot } from './boot.ts';
import { textOf } from './json.ts';
import { listDrives, type VirtualDrive } from './media.ts';
import { type PowerState, powerOf } from './power.ts';

/** What the BMC says of the start of the machine. */
export interface Progress {
  readonly power: PowerState;
  /** BootProgress.LastState in the schema of ComputerSystem, such as `OSRunning`; undefined where BMCs do not have it. */
  readonly stage: string | undefined;
  /** When the system last came out of a reset, as the BMC writes it; undefined where BMCs do not say. */
  readonly resetAt: string | undefined;
  readonly health: string | undefined;
}

/** {@link Progress}, and what the machine will boot from and has in its drives. */
export interface Status extends Progress {
  /** The next boot is from the virtual CD; undefined when the BMC does not tell. */
  readonly awaitsCd: boolean | undefined;
  /** As the standard's override has it: `Once Pxe`. */
  readonly override: string | undefined;
  readonly drives: readonly VirtualDrive[];
}

export async function readProgress(bmc: Bmc): Promise<Progress> {
  const system = await readSystem(bmc);
  const { body } = system;
  return {
    power: powerOf(system),
    stage: textOf(body, 'BootProgress', 'LastState'),
    resetAt: textOf(body, 'LastResetTime'),
    health: textOf(body, 'Status', 'HealthRollup') ?? textOf(body, 'Status', 'Health'),
  };
}

export async function readStatus(bmc: Bmc): Promise<Status> {
  const { body } = await readSystem(bmc);
  const enabled = textOf(body, 'Boot', 'BootSourceOverrideEnabled');
  const target = textOf(body, 'Boot', 'BootSourceOverrideTarget');
  return {
    ...(await readProgress(bmc)),
    awaitsCd: await awaitsBoot(bmc, 'cd'),
    override:
      enabled === undefined || enabled === 'Disabled' ? undefined : `${enabled} ${target ?? ''}`.trim(),
    drives: await listDrives(bmc),
  };
}

/** Whether an operating system has the machine: BootProgress.LastState from its start on. */
export function isInSystem({ stage }: Progress): boolean {
  return stage === 'OSRunning' || stage === 'OSBootStarted';
}

/** A progress in a line. */
export function sayProgress({ power, stage }: Progress): string {
  return stage === undefined ? `power ${power}` : `power ${power}, ${stage}`;
}
