/** Boots an image, lets it check itself, scans its console, and shuts it down. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineConsole } from '../../src/machine/console.ts';
import { type Finding, scanConsole } from '../../src/machine/console-scan.ts';
import { prepareFirmware } from '../../src/machine/firmware.ts';
import { type Machine, startMachine } from '../../src/machine/machine.ts';
import type { MachineEnd } from '../../src/machine/machine-end.ts';
import type { Accelerator, Content, Disk, MachineSpec } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import {
  GUEST_VERDICT,
  type GuestCheck,
  type GuestPlace,
  type GuestResult,
  guestCheck,
  parseGuestReport,
} from './guest-check.ts';

export interface BootOptions {
  readonly toolbox: Toolbox;
  readonly accelerator: Accelerator;
  /** In boot order; usually one overlay (makeOverlay), kept by the caller when it boots twice. */
  readonly disks: readonly Disk[];
  readonly checks: readonly GuestCheck[];
  readonly place?: GuestPlace;
  /** Further OEM strings. */
  readonly oemStrings?: readonly Content[];
  /** Anything else of the machine. */
  readonly machine?: Partial<MachineSpec>;
  /** From power on to the verdict: generous, since a first boot may be emulated on a busy host. */
  readonly timeoutMs?: number;
  /** Console lines that are trouble elsewhere but expected in this boot. */
  readonly allow?: readonly RegExp[];
  /** Called when QEMU has started. */
  readonly onStart?: (machine: Machine) => void;
  /** Runs after the verdict, while the machine is up: to prove ssh, for example. */
  readonly whileUp?: (machine: Machine) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** What a boot showed. */
export interface BootReport {
  readonly results: readonly GuestResult[];
  readonly findings: readonly Finding[];
  readonly end: MachineEnd;
  readonly console: string;
  /** From power on to the verdict. */
  readonly bootMs: number;
}

const BOOT_TIMEOUT_MS = 15 * 60_000;
/** After these nothing good follows, so the wait for the verdict ends early. */
const HOPELESS = /Kernel panic - not syncing|You are in emergency mode|Entering emergency mode/;

/**
 * Boots a machine to its own verdict.
 * @throws {Error} when a check failed, the console shows trouble, no verdict came, or the guest did not switch itself
 * off; the message has the details and the end of the console.
 */
export async function bootAndCheck(options: BootOptions): Promise<BootReport> {
  const report = await boot(options);
  const complaints = [
    ...report.results.filter(({ ok }) => !ok).map(({ name, why }) => `check failed: ${name}: ${why}`),
    ...report.findings.map(({ pattern, line, text }) => `console line ${line} (${pattern}): ${text}`),
    ...options.checks
      .filter(({ name }) => !report.results.some((result) => result.name === name))
      .map(({ name }) => `check never told: ${name}`),
    ...(report.end.reason === 'powered-off'
      ? []
      : [`the guest did not switch itself off: ${report.end.reason} ${report.end.detail}`]),
  ];
  if (complaints.length > 0)
    throw new Error(`${complaints.join('\n')}\n\nThe console's end:\n${tail(report.console)}`);
  return report;
}

async function boot(options: BootOptions): Promise<BootReport> {
  const { toolbox, allow = [], timeoutMs = BOOT_TIMEOUT_MS } = options;
  const stopper = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopper.signal]) : stopper.signal;
  const workDirectory = await mkdtemp(join(tmpdir(), 'basalt-boot-'));
  try {
    const startedMs = performance.now();
    const machine = await startMachine(await describe(options, workDirectory), {
      toolbox,
      signal,
      workDirectory,
    });
    const stopLog = logConsole(machine, portOf(machine, options));
    try {
      options.onStart?.(machine);
      await verdict(machine, portOf(machine, options), timeoutMs, signal);
      const bootMs = performance.now() - startedMs;
      await options.whileUp?.(machine);
      const end = await machine.powerDown();
      return {
        results: parseGuestReport(portOf(machine, options).text),
        findings: scanConsole(machine.console.text, { allow }),
        end,
        console: machine.console.text,
        bootMs,
      };
    } finally {
      machine.kill();
      await machine.ended;
      stopLog();
    }
  } finally {
    stopper.abort();
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** With BASALT_BOOT_LOGS=FOLDER, console and verdict of each boot can be watched in files there. */
function logConsole(machine: Machine, verdictPort: MachineConsole): () => void {
  const folder = process.env.BASALT_BOOT_LOGS;
  if (!folder) return () => undefined;
  const name = join(folder, new Date().toISOString().replaceAll(':', ''));
  const console = createWriteStream(`${name}-console.log`);
  const port = createWriteStream(`${name}-verdict.log`);
  const stops = [
    machine.console.tap((bytes) => console.write(bytes)),
    verdictPort.tap((bytes) => port.write(bytes)),
  ];
  return () => {
    for (const stop of stops) stop();
    console.end();
    port.end();
  };
}

async function describe(options: BootOptions, workDirectory: string): Promise<MachineSpec> {
  return {
    accelerator: options.accelerator,
    memoryBytes: 2 * GIB,
    cpus: 2,
    firmware: await prepareFirmware(options.toolbox, join(workDirectory, 'variables.fd')),
    disks: options.disks.map((disk, bootIndex) => ({ bootIndex, ...disk })),
    network: { forwards: [{ hostPort: 0, guestPort: 22 }] },
    ...options.machine,
    oemStrings: [...guestCheck(options.checks, options.place), ...(options.oemStrings ?? [])],
    extraSerialPorts: options.place?.serialPort ?? 1,
  };
}

function portOf(machine: Machine, { place }: BootOptions): MachineConsole {
  const port = machine.ports[(place?.serialPort ?? 1) - 1];
  if (port === undefined) throw new Error('the machine has no port for the verdict');
  return port;
}

/** Waits for the guest's verdict, or for a sign on the console that none will come. */
async function verdict(
  machine: Machine,
  port: MachineConsole,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const settled = new AbortController();
  const stop = AbortSignal.any([signal, settled.signal]);
  try {
    await Promise.race([
      port.waitFor(GUEST_VERDICT, { timeoutMs, signal: stop }),
      machine.console.waitFor(HOPELESS, { timeoutMs, signal: stop }).then(([sign]) => {
        throw new Error(`the console says ${sign}`);
      }),
    ]);
  } catch (error) {
    const told = port.text.trim() || 'nothing';
    throw new Error(
      `no verdict from the guest: ${error instanceof Error ? error.message : error}\nThe guest told: ${told}\n\nThe console's end:\n${machine.console.tail(60)}`,
      { cause: error },
    );
  } finally {
    settled.abort();
  }
}

function tail(console: string): string {
  return console.trimEnd().split('\n').slice(-60).join('\n');
}
