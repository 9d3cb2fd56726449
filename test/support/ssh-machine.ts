/** A machine that a test talks to over ssh, through restarts: QEMU stays, the guest comes and goes. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunResult } from '../../src/exec/run.ts';
import { prepareFirmware } from '../../src/machine/firmware.ts';
import { type Machine, startMachine } from '../../src/machine/machine.ts';
import type { MachineSpec } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';

/** An ssh key of a test's own. */
export interface TestKey {
  /** The folder with `key` and `key.pub`. */
  readonly folder: string;
  readonly publicKey: string;
}

export async function makeKey(toolbox: Toolbox, folder: string): Promise<TestKey> {
  await toolbox.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', '/keys/key'], {
    binds: [{ source: folder, target: '/keys', writable: true }],
  });
  return { folder, publicKey: (await readFile(join(folder, 'key.pub'), 'utf8')).trim() };
}

export type SshMachineSpec = Partial<MachineSpec> & Pick<MachineSpec, 'accelerator' | 'disks'>;

/** An emulated machine on a busy host takes minutes. */
const UP_MS = 12 * 60_000;
const ASK_MS = 3000;

export class SshMachine {
  private readonly stopper = new AbortController();
  private machine: Machine | undefined;
  private workDirectory = '';

  constructor(
    private readonly toolbox: Toolbox,
    private readonly folder: string,
    private readonly key: TestKey,
    private readonly spec: SshMachineSpec,
    private readonly name = 'machine',
  ) {}

  get console(): Machine['console'] {
    return this.running.console;
  }

  get running(): Machine {
    if (this.machine === undefined) throw new Error('the machine is off');
    return this.machine;
  }

  /** Keeps firmware variables over power cuts, as a real board does. */
  async powerOn(): Promise<void> {
    this.workDirectory = await mkdtemp(join(this.folder, `${this.name}-`));
    const variables = join(this.folder, `${this.name}-variables.fd`);
    const exists = await readFile(variables).then(
      () => true,
      () => false,
    );
    const firmware = exists
      ? { ...(await prepareFirmware(this.toolbox, join(this.workDirectory, 'unused.fd'))), variables }
      : await prepareFirmware(this.toolbox, variables);
    this.machine = await startMachine(
      {
        memoryBytes: 2 * GIB,
        cpus: 2,
        firmware,
        network: { forwards: [{ hostPort: 0, guestPort: 22 }] },
        ...this.spec,
      },
      { toolbox: this.toolbox, signal: this.stopper.signal, workDirectory: this.workDirectory },
    );
    const logs = process.env.BASALT_BOOT_LOGS;
    if (!logs) return;
    const log = createWriteStream(join(logs, `${this.name}-console.log`), { flags: 'a' });
    this.machine.console.tap((bytes) => log.write(bytes));
  }

  /** @returns What it printed. @throws {Error} when ssh or the command fails. */
  async ssh(command: string, timeoutMs = 300_000): Promise<string> {
    const { stdout } = await this.run(command, { signal: AbortSignal.timeout(timeoutMs) });
    return stdout;
  }

  /** Runs a command and gives its lines as they come; until it ends, the machine does, or the signal is aborted. */
  async follow(command: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    await this.run(command, { signal, onLine });
  }

  private run(
    command: string,
    options: { readonly signal: AbortSignal; readonly onLine?: (line: string) => void },
  ): Promise<RunResult> {
    return this.toolbox.run(
      [
        'ssh',
        ...['-i', '/keys/key', '-p', String(this.running.forwards[0]?.hostPort), '-o', 'BatchMode=yes'],
        ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/tmp/known', '-o', 'LogLevel=ERROR'],
        ...['-o', 'ConnectTimeout=20', '-o', 'ServerAliveInterval=10', 'core@127.0.0.1', command],
      ],
      { network: true, binds: [{ source: this.key.folder, target: '/keys' }], ...options },
    );
  }

  /** Asks again until a command prints what is waited for. @throws {Error} with the last answer, when it never does. */
  async waitFor(command: string, wanted: RegExp, timeoutMs = UP_MS): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    let last = '';
    while (Date.now() < deadline) {
      if (this.machine === undefined) throw new Error(`${command}: the machine is switched off`);
      last = await this.ssh(command, 60_000).catch((error: unknown) => `(${String(error).slice(0, 300)})`);
      if (wanted.test(last)) return last;
      await delay(ASK_MS);
    }
    throw new Error(`${command}: ${wanted} did not come.\nLast answer: ${last}\n${this.console.tail(60)}`);
  }

  /** Its power is cut: nothing is written any more. */
  async cutPower(): Promise<void> {
    this.machine?.kill();
    await this.machine?.ended;
    this.machine = undefined;
  }

  async remove(): Promise<void> {
    await this.cutPower();
    this.stopper.abort();
    if (this.workDirectory !== '') await rm(this.workDirectory, { recursive: true, force: true });
  }
}
