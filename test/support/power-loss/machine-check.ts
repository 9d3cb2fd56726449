/** What a machine says of itself after a power cut, and whether that is so. */
import type { SshMachine } from '../ssh-machine.ts';
import { MARKS } from './recording.ts';
import type { Step } from './scene.ts';

export interface MachineVerdict {
  readonly version: string;
  readonly problems: readonly string[];
  /** From its start until its units were there. */
  readonly bootMs: number;
}

interface Status {
  readonly version: string;
  readonly probation?: string;
  readonly otherVersion?: string;
  readonly waiting?: string;
  readonly rejected: readonly unknown[];
  readonly last?: { readonly what: string; readonly ok: boolean; readonly text: string };
  readonly faults: readonly string[];
}

/** @param mark The newest one that was acknowledged before the power went; 0 when none was. */
export async function judgeMachine(machine: SshMachine, step: Step, mark: number): Promise<MachineVerdict> {
  const startedAt = Date.now();
  await machine.waitFor('systemctl is-system-running --wait || true', /running|degraded/);
  const bootMs = Date.now() - startedAt;
  const version = await machine.ssh('. /usr/lib/os-release; echo $IMAGE_VERSION');
  const problems: string[] = [];
  if (![step.from.version, step.to.version].includes(version)) problems.push(`it runs version ${version}`);
  const failed = await machine.ssh('systemctl --failed --no-legend --plain');
  if (failed !== '') problems.push(`failed units: ${failed}`);
  if (mark > 0) {
    const seen = await machine.ssh(`sudo cat ${MARKS}/${mark} 2>&1 || true`);
    if (seen !== String(mark)) problems.push(`mark ${mark} is lost: ${seen}`);
  }
  const status: Status = JSON.parse(await machine.ssh('sudo basalt-agent update status --json'));
  const entries = (await machine.ssh('sudo ls /boot/EFI/Linux')).split('\n');
  problems.push(...untruths(status, version, entries));
  return { version, problems, bootMs };
}

/** What `update status` says and the disk does not bear out. */
function untruths(status: Status, version: string, entries: readonly string[]): string[] {
  const { last, waiting, rejected, faults, otherVersion } = status;
  const found = faults.map((fault) => `update status: ${fault}`);
  const has = (name: string) =>
    entries.some((file) => file.startsWith(`basalt_${name}`) && file.endsWith('.efi'));
  if (status.version !== version) found.push(`update status says that version ${status.version} runs`);
  if (!has(version)) found.push(`the ESP has no entry of version ${version}, which runs`);
  if (rejected.length > 0)
    found.push(`update status rejects a version for a power cut: ${JSON.stringify(rejected)}`);
  if (waiting !== undefined && (!has(waiting) || otherVersion !== waiting))
    found.push(
      `update status says that version ${waiting} waits; the other slot has ${otherVersion ?? 'nothing'}`,
    );
  const told =
    last?.ok === true && last.what === 'update' ? /^version (\S+) (is written|runs)/.exec(last.text) : null;
  if (told?.[1] !== undefined && !has(told[1]))
    found.push(`update status says "${last?.text}", and the ESP has no entry of it`);
  return found;
}
