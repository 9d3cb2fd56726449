/** A running virtual machine. */
import { setTimeout as delay } from 'node:timers/promises';
import { InterruptedError, ToolError, UserError } from '../errors.ts';
import { quoteCommand } from '../exec/quote.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { MachineConsole } from './console.ts';
import { checkOemStrings } from './credentials.ts';
import { type OpenForward, parseForwards } from './forwards.ts';
import { type MachineEnd, machineEnd } from './machine-end.ts';
import { withPrivateContent } from './private-content.ts';
import { type QemuProcess, startQemu } from './qemu-process.ts';
import { QmpClient, QmpError, type QmpEvent } from './qmp.ts';
import type { MachineSpec } from './spec.ts';

export interface StartOptions {
  readonly toolbox: Toolbox;
  /** Aborting it ends the machine at once. */
  readonly signal: AbortSignal;
  /** An existing folder for this machine's small files; removed by the caller afterwards. */
  readonly workDirectory: string;
}

export interface PowerDownOptions {
  /** How long the guest may take before it is switched off; 90 s when absent. */
  readonly timeoutMs?: number;
}

const POWER_DOWN_TIMEOUT_MS = 90_000;
/** A press is lost while the guest's kernel does not listen yet, so the button is pressed again. */
const POWER_BUTTON_INTERVAL_MS = 5000;
/** QEMU answers at once or never. */
const QUIT_TIMEOUT_MS = 5000;

export class Machine {
  /** The console (ttyS0). */
  readonly console = new MachineConsole('console');
  /** The other serial ports: the first is ttyS1. */
  readonly ports: readonly MachineConsole[];
  /** Resolves when the machine is gone. Never rejects. */
  readonly ended: Promise<MachineEnd>;
  private shutdownReason: string | undefined;
  private processorFailed = false;

  /** Use {@link startMachine}. */
  constructor(
    private readonly process: QemuProcess,
    private readonly monitor: QmpClient,
    /** Host ports that lead into it. */
    readonly forwards: readonly OpenForward[],
  ) {
    this.ports = process.serial
      .slice(1)
      .map((_, index) => new MachineConsole(`serial port ttyS${index + 1}`));
    for (const [index, stream] of process.serial.entries()) {
      const console = [this.console, ...this.ports][index];
      stream.on('data', (bytes: Buffer) => console?.append(bytes));
    }
    monitor.onEvent((event) => this.notice(event));
    // It may have stopped before we listened.
    void this.endIfBroken();
    this.ended = process.gone.then(({ killed }) => {
      const end = machineEnd({
        shutdownReason: this.shutdownReason,
        killed,
        processorFailed: this.processorFailed,
        stderr: process.messages(),
      });
      for (const console of [this.console, ...this.ports]) console.end(`the machine ended (${end.reason})`);
      return end;
    });
  }

  /** Types text into the console. */
  send(text: string | Uint8Array): void {
    this.process.serial[0]?.write(text);
  }

  /**
   * Presses the power button and waits until the guest has switched itself off; when it takes too long, the
   * machine is switched off.
   */
  async powerDown({ timeoutMs = POWER_DOWN_TIMEOUT_MS }: PowerDownOptions = {}): Promise<MachineEnd> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      await this.tell('system_powerdown');
      const waitMs = Math.min(POWER_BUTTON_INTERVAL_MS, deadline - Date.now());
      const end = await endWithin(this.ended, waitMs);
      if (end !== undefined) return end;
    }
    return this.stop();
  }

  /** Switches the machine off, as if its power was cut; its disks are closed properly. */
  async stop(): Promise<MachineEnd> {
    await this.tell('quit');
    const end = await endWithin(this.ended, QUIT_TIMEOUT_MS);
    if (end !== undefined) return end;
    this.kill();
    return this.ended;
  }

  /** Ends QEMU at once: what it had not written to its overlays is lost. */
  kill(): void {
    this.process.kill();
  }

  /** Presses the reset button. */
  async reset(): Promise<void> {
    await this.monitor.execute('system_reset');
  }

  /** Waits for something that the monitor tells, such as RESET. @throws {UserError} when the machine ends first. */
  waitForEvent(name: string): Promise<QmpEvent> {
    return new Promise((resolve, reject) => {
      const stop = this.monitor.onEvent((event) => {
        if (event.name !== name) return;
        stop();
        resolve(event);
      });
      void this.ended.then((end) =>
        reject(
          new UserError('machine-ended', `the machine ended (${end.reason}) before ${name}`, {
            seen: this.console.tail(),
          }),
        ),
      );
    });
  }

  /** A command whose failure only means that the machine is already gone. */
  private async tell(command: string): Promise<void> {
    try {
      await this.monitor.execute(command);
    } catch (error) {
      if (!(error instanceof QmpError)) throw error;
    }
  }

  private notice({ name, data }: QmpEvent): void {
    if (name === 'SHUTDOWN') this.shutdownReason = String(data.reason);
    // QEMU stops, and would wait for ever, when KVM cannot go on.
    if (name === 'STOP') void this.endIfBroken();
  }

  private async endIfBroken(): Promise<void> {
    const status = await this.monitor.execute('query-status').catch(() => undefined);
    if ((status as { status?: string } | undefined)?.status !== 'internal-error') return;
    this.processorFailed = true;
    await this.stop();
  }
}

/**
 * Starts a machine; it runs when this returns.
 * @throws {UserError} when a forwarded port is taken, or the OEM strings are too large.
 * @throws {ToolError} when QEMU does not start.
 * @throws {InterruptedError} when the signal was aborted.
 */
export async function startMachine(spec: MachineSpec, options: StartOptions): Promise<Machine> {
  const { toolbox, signal, workDirectory } = options;
  checkOemStrings(spec.oemStrings ?? []);
  const prepared = await withPrivateContent(spec, workDirectory);
  if (signal.aborted) throw new InterruptedError();
  const process = startQemu(prepared, toolbox);
  const abort = (): void => process.kill();
  signal.addEventListener('abort', abort, { once: true });
  void process.gone.then(() => signal.removeEventListener('abort', abort));
  try {
    const monitor = await QmpClient.open(process.monitor);
    return new Machine(process, monitor, await openForwards(spec, monitor));
  } catch (error) {
    // Its own exit code says more than that it was killed.
    await endWithin(process.gone, QUIT_TIMEOUT_MS);
    process.kill();
    const gone = await process.gone;
    if (signal.aborted) throw new InterruptedError();
    if (gone.error !== undefined) throw notStarted(gone.error);
    throw startFailure(process, gone.exitCode, error);
  }
}

async function openForwards(spec: MachineSpec, monitor: QmpClient): Promise<OpenForward[]> {
  if (spec.network?.forwards === undefined) return [];
  // QMP has no command for this; the human monitor's has kept its form since QEMU 1.0.
  return parseForwards(
    String(await monitor.execute('human-monitor-command', { 'command-line': 'info usernet' })),
  );
}

function notStarted(error: Error): Error {
  return new UserError('program-missing', 'cannot start the sandbox that QEMU runs in', {
    seen: error.message,
    next: ['run ./basalt doctor to see what is missing and how to get it'],
    cause: error,
  });
}

function startFailure(process: QemuProcess, exitCode: number | null, cause: unknown): Error {
  const messages = process.messages().trim();
  const taken = /Could not set up host forwarding rule '?tcp:([\d.]*:\d+)-/.exec(messages);
  if (taken !== null) {
    return new UserError('port-taken', `the port ${taken[1]} of this host is taken`, {
      seen: messages,
      next: ['name another port with --forward HOST:GUEST, or end what listens there (ss -ltnp shows it)'],
      cause,
    });
  }
  return new ToolError(
    'qemu-system-x86_64',
    quoteCommand(process.commandLine),
    exitCode ?? undefined,
    messages,
    { cause },
  );
}

/** The end, or undefined when it takes longer. */
async function endWithin<End>(ended: Promise<End>, timeoutMs: number): Promise<End | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      ended,
      delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
  } finally {
    timer.abort();
  }
}
