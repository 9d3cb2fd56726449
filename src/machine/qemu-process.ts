/**
 * QEMU as a process in the sandbox. The monitor and the serial ports are socket pairs that it inherits, so there
 * are no socket files to place, to wait for, or to leave behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { BugError } from '../errors.ts';
import type { Command } from '../exec/run.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { placeSpec } from './place-spec.ts';
import { qemuCommand } from './qemu.ts';
import { SandboxFiles } from './sandbox-files.ts';
import type { Channel, MachineSpec } from './spec.ts';

/** The first descriptor after stdin, stdout and stderr. */
const MONITOR_DESCRIPTOR = 3;
/** Enough for an error and its context. */
const STDERR_BYTES = 64 * 1024;

export interface QemuProcess {
  readonly commandLine: Command;
  readonly monitor: Duplex;
  /** The console first. */
  readonly serial: readonly Duplex[];
  /** What it wrote to stdout and stderr so far. */
  readonly messages: () => string;
  /** Resolves when it is gone and all it wrote was read. Never rejects. */
  readonly gone: Promise<{
    readonly exitCode: number | null;
    /** By {@link kill}. */
    readonly killed: boolean;
    /** It could not even be started. */
    readonly error?: Error;
  }>;
  /** Ends it at once. */
  kill(): void;
}

/** The sandboxed command line that runs a machine. Pure. */
export function qemuCommandLine(spec: MachineSpec, toolbox: Toolbox): Command {
  const files = new SandboxFiles();
  const placed = placeSpec(spec, files);
  const descriptor = (index: number): Channel => ({
    kind: 'descriptor',
    descriptor: MONITOR_DESCRIPTOR + index,
  });
  const serialPorts = 1 + (spec.extraSerialPorts ?? 0);
  const command = qemuCommand(placed, {
    monitor: descriptor(0),
    serial: Array.from({ length: serialPorts }, (_, index) => descriptor(1 + index)),
  });
  return toolbox.commandLine(command, {
    binds: files.binds,
    network: spec.network !== undefined || spec.tap !== undefined,
    devices: [
      ...(spec.accelerator === 'kvm' ? ['/dev/kvm'] : []),
      ...(spec.tap === undefined ? [] : ['/dev/net/tun']),
    ],
  });
}

/** Starts QEMU. It ends when this process does, however that ends. */
export function startQemu(spec: MachineSpec, toolbox: Toolbox): QemuProcess {
  const commandLine = qemuCommandLine(spec, toolbox);
  const [program, ...args] = commandLine;
  const serialPorts = 1 + (spec.extraSerialPorts ?? 0);
  const child = spawn(program, args, {
    // A session of its own: Ctrl-C in the terminal is for Basalt, which then asks the guest to shut down.
    detached: true,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe', ...Array.from({ length: 1 + serialPorts }, () => 'pipe' as const)],
  });
  return {
    commandLine,
    monitor: channelOf(child, MONITOR_DESCRIPTOR),
    serial: Array.from({ length: serialPorts }, (_, index) =>
      channelOf(child, MONITOR_DESCRIPTOR + 1 + index),
    ),
    messages: collectMessages(child),
    gone: new Promise((resolve) => {
      child.once('error', (error) => resolve({ exitCode: null, killed: false, error }));
      // 'close' comes after the streams have ended, so nothing the machine wrote is lost.
      child.once('close', (exitCode) => resolve({ exitCode, killed: child.killed }));
    }),
    kill: () => void child.kill('SIGKILL'),
  };
}

function channelOf(child: ChildProcess, descriptor: number): Duplex {
  const stream = child.stdio[descriptor];
  if (stream === null || stream === undefined || !('write' in stream))
    throw new BugError(`no channel ${descriptor} to QEMU`);
  // Its end resets the connection; `gone` tells of it.
  stream.on('error', () => undefined);
  return stream as Duplex;
}

function collectMessages(child: ChildProcess): () => string {
  let text = '';
  const take = (piece: string): void => {
    text = (text + piece).slice(-STDERR_BYTES);
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  return () => text;
}
