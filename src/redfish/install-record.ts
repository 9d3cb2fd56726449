/**
 * How far an installation is, kept beside the store: a BMC does not remember that a machine has started from a medium, and
 * starting it twice would end an installation that is under way.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../store/store.ts';
import type { Bmc } from './bmc.ts';
import { textOf } from './json.ts';

/** `mounting`: begun, and the machine was not restarted yet. `restarting`: the power is being turned off and on. `started`: it is on, from the medium. */
const recordSchema = z.object({
  image: z.string(),
  stage: z.enum(['mounting', 'mounted', 'boot-set', 'restarting', 'started', 'done']),
  /** ISO 8601. */
  changedAt: z.string(),
  /**
   * LastResetTime of the machine: at `restarting` before the restart, from `started` on after it. Another one means that it
   * was restarted since.
   */
  resetAt: z.string().optional(),
});

export type InstallRecord = z.infer<typeof recordSchema>;
export type InstallStage = InstallRecord['stage'];

export class InstallRecords {
  /** @param folder Where they are. */
  constructor(private readonly folder: string) {}

  /** The record of a machine and an image; undefined when there is none, or one that cannot be read. */
  async read(bmc: Bmc, image: string): Promise<InstallRecord | undefined> {
    const text = await readFile(this.pathOf(bmc), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const record = recordSchema.parse(JSON.parse(text));
      return record.image === digestOf(image) ? record : undefined;
    } catch {
      return undefined;
    }
  }

  async write(bmc: Bmc, image: string, stage: InstallStage, resetAt?: string): Promise<void> {
    const changedAt = new Date().toISOString();
    const record = { image: digestOf(image), stage, changedAt, resetAt } satisfies InstallRecord;
    await writeFileAtomically(this.pathOf(bmc), `${JSON.stringify(record)}\n`, 0o600);
  }

  /** By what the machine is, since addresses change; by the address where the BMC gives no UUID. */
  private pathOf({ client, system }: Bmc): string {
    const uuid = textOf(system.body, 'UUID') ?? textOf(system.body, 'SerialNumber') ?? '';
    const name = createHash('sha256')
      .update(uuid === '' ? client.shown : uuid.toLowerCase())
      .digest('hex');
    return join(this.folder, `${name.slice(0, 32)}.json`);
  }
}

/** The URL itself may hold a token. */
function digestOf(image: string): string {
  return createHash('sha256').update(image).digest('hex');
}
