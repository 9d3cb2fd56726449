/** A server as it is delivered: firmware, an empty NVMe disk, a card in the rack's network, and what its maker wrote into it. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineConsole } from '../../../src/machine/console.ts';
import { scanConsole } from '../../../src/machine/console-scan.ts';
import { prepareFirmware } from '../../../src/machine/firmware.ts';
import { type Machine, startMachine } from '../../../src/machine/machine.ts';
import type { Accelerator, Content, Disk, SystemIdentity } from '../../../src/machine/spec.ts';
import { GIB } from '../../../src/units.ts';
import { GUEST_VERDICT, type GuestCheck, guestCheck, parseGuestReport } from '../guest-check.ts';
import { memoryProbe } from '../memory-probe.ts';
import { MACHINE_TAP, type Rack } from './rack.ts';

export const SERVER_MAC = '52:54:00:77:00:01';
const DISK_BYTES = 12 * GIB;

export interface BareServerOptions {
  readonly rack: Rack;
  readonly accelerator: Accelerator;
  readonly memoryBytes: number;
  readonly system: SystemIdentity;
  /** What the firmware tries before the disk. The card is in the machine in any case. */
  readonly first: 'pxe' | 'http' | Disk;
  /** Run in the system that was installed, after each start. */
  readonly checks: readonly GuestCheck[];
  /** Further OEM strings. */
  readonly oemStrings?: readonly Content[];
}

/** A phase, and how long after power-on it was reached. */
export interface Reached {
  readonly what: string;
  readonly seconds: number;
}

export class BareServer {
  readonly reached: Reached[] = [];
  private readonly startedMs = performance.now();

  private constructor(
    readonly machine: Machine,
    private readonly port: MachineConsole,
    private readonly checks: readonly GuestCheck[],
    private readonly release: () => Promise<void>,
  ) {}

  static async powerOn(options: BareServerOptions): Promise<BareServer> {
    const { rack, accelerator, memoryBytes, system, first, checks, oemStrings = [] } = options;
    const folder = await mkdtemp(join(tmpdir(), 'basalt-bare-server-'));
    const stopper = new AbortController();
    const disk = join(folder, 'disk.raw');
    const file = await open(disk, 'w');
    await file.truncate(DISK_BYTES);
    await file.close();
    const isNetwork = first === 'pxe' || first === 'http';
    const machine = await startMachine(
      {
        accelerator,
        memoryBytes,
        cpus: 2,
        system,
        firmware: await prepareFirmware(rack.toolbox, join(folder, 'variables.fd')),
        tap: { interface: MACHINE_TAP, mac: SERVER_MAC, ...(isNetwork && { bootIndex: 0 }) },
        disks: [
          { path: disk, format: 'raw', bus: 'nvme', serial: 'PHLN0001', throwaway: true, bootIndex: 1 },
          ...(isNetwork ? [] : [first]),
        ],
        // OVMF offers both ways of a card, PXE first, and over IPv6 too (OvmfPkg/README).
        fwCfg: [
          { name: 'opt/org.tianocore/IPv6PXESupport', value: 'n' },
          ...(first === 'http' ? [{ name: 'opt/org.tianocore/IPv4PXESupport', value: 'n' }] : []),
        ],
        oemStrings: [...guestCheck(checks), ...memoryProbe('basalt-live.target'), ...oemStrings],
        extraSerialPorts: 1,
      },
      { toolbox: rack.toolbox, signal: stopper.signal, workDirectory: folder },
    ).catch(async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    const [port] = machine.ports;
    if (port === undefined) throw new Error('the machine has no second serial port');
    log(machine.console, 'console');
    log(port, 'verdict');
    return new BareServer(machine, port, checks, async () => {
      machine.kill();
      await machine.ended;
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** What it told on its second serial port. */
  get told(): string {
    return this.port.text;
  }

  /** Waits for a text of the console that comes after what was waited for before. */
  async shows(what: string, pattern: RegExp, timeoutMs: number): Promise<void> {
    const { console } = this.machine;
    await console.waitFor(pattern, { timeoutMs, from: this.seen });
    const match = pattern.exec(console.text.slice(this.seen));
    this.seen += (match?.index ?? 0) + (match?.[0].length ?? 0);
    this.note(what);
  }
  private seen = 0;

  note(what: string): void {
    const seconds = Math.round((performance.now() - this.startedMs) / 1000);
    this.reached.push({ what, seconds });
    process.stderr.write(`  ${String(seconds).padStart(5)} s  ${what}\n`);
  }

  /** Waits until the installed system has checked itself. @throws {Error} with each check that is not true. */
  async isWell(what: string, timeoutMs: number): Promise<void> {
    const from = this.judged;
    const console = this.machine.console;
    await this.port.waitFor(GUEST_VERDICT, { timeoutMs, from }).catch((error: unknown) => {
      throw new Error(`${what}: no verdict\n${console.tail(60)}`, { cause: error });
    });
    this.judged = this.port.length;
    const results = parseGuestReport(this.port.text.slice(from));
    const wrong = [
      ...results.filter(({ ok }) => !ok).map(({ name, why }) => `${name}: ${why}`),
      ...this.checks
        .filter(({ name }) => !results.some((result) => result.name === name))
        .map(({ name }) => `never told: ${name}`),
    ];
    if (wrong.length > 0) throw new Error(`${what}:\n${wrong.join('\n')}\n${console.tail(60)}`);
    this.note(what);
  }
  private judged = 0;

  /** Lines of its console that tell of trouble. */
  get troubles(): readonly string[] {
    return scanConsole(this.machine.console.text).map(({ pattern, text }) => `${pattern}: ${text}`);
  }

  remove(): Promise<void> {
    return this.release();
  }
}

/** With BASALT_BOOT_LOGS=FOLDER, to be watched in files there. */
function log(from: MachineConsole, name: string): void {
  const folder = process.env.BASALT_BOOT_LOGS;
  if (!folder) return;
  const file = createWriteStream(join(folder, `${new Date().toISOString().replaceAll(':', '')}-${name}.log`));
  from.tap((bytes) => file.write(bytes));
}
