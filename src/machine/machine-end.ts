/** How a machine came to its end. */

export interface MachineEnd {
  readonly reason: /** The guest switched itself off. */
    | 'powered-off'
    /** The guest restarted, and was not to. */
    | 'rebooted'
    /** The guest's kernel panicked, or the processor could not go on. */
    | 'crashed'
    /** Basalt ended it. */
    | 'stopped'
    /** QEMU failed, or something else ended it. */
    | 'failed';
  /** What QEMU wrote to stderr, or why the processor stopped. */
  readonly detail: string;
}

/** Reasons of QMP's SHUTDOWN event (ShutdownCause in QEMU's qapi/run-state.json). */
const REASONS: Readonly<Record<string, MachineEnd['reason']>> = {
  'guest-shutdown': 'powered-off',
  'guest-reset': 'rebooted',
  'guest-panic': 'crashed',
  'host-qmp-quit': 'stopped',
};

/** What is known when QEMU is gone. */
export interface EndFacts {
  /** From the last SHUTDOWN event. */
  readonly shutdownReason: string | undefined;
  /** Basalt killed it. */
  readonly killed: boolean;
  /** QEMU said that the processor cannot go on. */
  readonly processorFailed: boolean;
  readonly stderr: string;
}

/** Judges the end of a machine. Pure. */
export function machineEnd({ shutdownReason, killed, processorFailed, stderr }: EndFacts): MachineEnd {
  const detail = stderr.trim();
  if (processorFailed) return { reason: 'crashed', detail };
  const known = shutdownReason === undefined ? undefined : REASONS[shutdownReason];
  if (known !== undefined) return { reason: known, detail };
  return { reason: killed ? 'stopped' : 'failed', detail };
}
