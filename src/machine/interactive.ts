/**
 * A machine in the user's terminal: its serial console, both ways.
 *
 *     Ctrl-C           shuts the machine down (power button); once more: ends it at once
 *     Ctrl-] and a key sends that key to the machine, so Ctrl-] Ctrl-C interrupts a program inside it
 *
 * Without a terminal on stdin, only the console's output is passed on, and the signal ends the machine.
 */
import type { Readable, Writable } from 'node:stream';
import { InterruptedError } from '../errors.ts';
import { type Machine, type StartOptions, startMachine } from './machine.ts';
import type { MachineEnd } from './machine-end.ts';
import type { MachineSpec } from './spec.ts';

const CTRL_C = 0x03;
const CTRL_CLOSE_BRACKET = 0x1d;

/** Undoes what firmware and boot loaders leave behind: colours, a hidden cursor, no line wrap. */
const RESET_SEQUENCE = '\u001b[0m\u001b[?25h\u001b[?7h\r\n';

/** A terminal's input, such as process.stdin. */
export type TerminalInput = Readable & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };

export interface InteractiveOptions extends StartOptions {
  readonly input: TerminalInput;
  readonly output: Writable & { readonly isTTY?: boolean };
  /** Tells the user something, beside the console. */
  readonly onMessage: (text: string) => void;
  /** Called when the machine runs, with the ports that lead into it. */
  readonly onStart?: (machine: Machine) => void;
}

/**
 * Runs a machine until it ends. Aborting the signal shuts it down; a second Ctrl-C in the terminal ends it at once.
 * @returns How it ended.
 * @throws {InterruptedError} when the signal was aborted before the machine ran.
 */
export async function runInteractive(spec: MachineSpec, options: InteractiveOptions): Promise<MachineEnd> {
  const { signal, input, output, onMessage } = options;
  if (signal.aborted) throw new InterruptedError();
  // The machine gets a signal of its own: the caller's asks for a clean end, not for a sudden one.
  const machine = await startMachine(spec, { ...options, signal: new AbortController().signal });
  const stop = stopper(machine, onMessage);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  const stopOutput = machine.console.tap((bytes) => output.write(bytes));
  const releaseInput = attachInput(input, keyReader({ send: (bytes) => machine.send(bytes), stop }));
  try {
    options.onStart?.(machine);
    return await machine.ended;
  } finally {
    stopOutput();
    releaseInput();
    signal.removeEventListener('abort', stop);
    if (output.isTTY) output.write(RESET_SEQUENCE);
    machine.kill();
  }
}

/** Asked once, the machine is shut down; asked again, it is ended. */
function stopper(
  machine: Pick<Machine, 'powerDown' | 'kill'>,
  onMessage: (text: string) => void,
): () => void {
  let asked = false;
  return () => {
    if (asked) return machine.kill();
    asked = true;
    onMessage('shutting the machine down; Ctrl-C again ends it at once');
    void machine.powerDown();
  };
}

/** Passes keys on to the machine, but for the two that are ours. Keeps its state between chunks of input. */
export function keyReader(to: { send(bytes: Buffer): void; stop(): void }): (bytes: Buffer) => void {
  let verbatim = false;
  return (bytes) => {
    const passed: number[] = [];
    for (const key of bytes) {
      if (verbatim) {
        passed.push(key);
        verbatim = false;
      } else if (key === CTRL_CLOSE_BRACKET) verbatim = true;
      else if (key === CTRL_C) to.stop();
      else passed.push(key);
    }
    if (passed.length > 0) to.send(Buffer.from(passed));
  };
}

/** Takes a terminal's keys one by one, unechoed. @returns What gives the terminal back as it was. */
function attachInput(input: TerminalInput, onKeys: (bytes: Buffer) => void): () => void {
  if (!input.isTTY) return () => undefined;
  input.setRawMode?.(true);
  input.on('data', onKeys);
  input.resume();
  return () => {
    input.off('data', onKeys);
    input.pause();
    input.setRawMode?.(false);
  };
}
