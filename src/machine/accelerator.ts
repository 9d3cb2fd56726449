/**
 * Whether this host's KVM can be used. That /dev/kvm can be opened is not enough: under some hypervisors it is
 * there and still fails to run an unmodified kernel. So one is booted, once, and the answer is kept.
 */
import { constants } from 'node:fs';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { InterruptedError, messageOf, ToolError } from '../errors.ts';
import { canonicalJson, digestBytes } from '../store/digest.ts';
import { writeFileAtomically } from '../store/store.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { MIB } from '../units.ts';
import { prepareFirmware } from './firmware.ts';
import { startMachine } from './machine.ts';
import { diskSize, makeOverlay } from './overlay.ts';
import type { Accelerator, MachineSpec } from './spec.ts';

const DEVICE = '/dev/kvm';
/** With working KVM a kernel gets to its end in about a second. */
const KERNEL_TIMEOUT_MS = 20_000;
/** A "no" may have been a busy moment: after this it is asked again. */
const NO_LASTS_MS = 24 * 3600 * 1000;
/** Firmware, boot loader and initrd come on top. */
const IMAGE_TIMEOUT_MS = 60_000;

/** What to boot, and what on its console proves that it runs. */
export interface ProbeBoot {
  readonly spec: Omit<MachineSpec, 'accelerator'>;
  readonly proof: RegExp;
  readonly timeoutMs: number;
}

/** The answer, and why. */
export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** One sentence for people: what was tried and seen. */
  readonly reason: string;
}

export interface ProbeOptions {
  /** Called only when the answer is not known yet, with a folder that lasts as long as the probe. */
  readonly boot: (workDirectory: string) => Promise<ProbeBoot> | ProbeBoot;
  /** Keeps the answer for this host, kernel and tools tree; such as `accelerator.json` in the store. */
  readonly cacheFile: string;
  readonly signal: AbortSignal;
}

/** A stock kernel alone: it has proven itself when it finds no root file system, which takes all its own start-up. */
export function kernelProbe(kernel: string): ProbeBoot {
  return {
    spec: {
      memoryBytes: 256 * MIB,
      cpus: 1,
      kernel: { path: kernel, commandLine: 'console=ttyS0 panic=-1' },
      endOnReboot: true,
    },
    proof: /Kernel panic - not syncing: VFS: Unable to mount root fs/,
    timeoutMs: KERNEL_TIMEOUT_MS,
  };
}

/**
 * The image itself, when no kernel is at hand: it has proven itself when its user space speaks. It boots from
 * overlays of its own, so that a first boot that is cut off leaves no trace in the machine's disks.
 */
export async function imageProbe(
  toolbox: Toolbox,
  spec: Omit<MachineSpec, 'accelerator'>,
  workDirectory: string,
): Promise<ProbeBoot> {
  const disks = await Promise.all(
    (spec.disks ?? []).map(async (disk, index) => {
      const { path, format } = disk.backing ?? disk;
      const overlay = join(workDirectory, `probe-${index}.qcow2`);
      const sizeBytes = await diskSize(disk.path, disk.format);
      return { ...disk, ...(await makeOverlay(toolbox, { image: path, format, overlay, sizeBytes })) };
    }),
  );
  const { firmware: _, network: __, ...rest } = spec;
  const firmware = await prepareFirmware(toolbox, join(workDirectory, 'probe-variables.fd'));
  return {
    spec: { ...rest, firmware, disks, endOnReboot: true },
    // A unit that fails is told even on a quiet console, and it took a running kernel to fail.
    proof: /systemd\[1\]: |\[ {2}OK {2}\]|\[(?:FAILED|DEPEND)\]| login: /,
    timeoutMs: IMAGE_TIMEOUT_MS,
  };
}

/**
 * Chooses KVM when it is proven to work, else emulation.
 * @throws {InterruptedError} when the signal was aborted.
 */
export async function probeAccelerator(toolbox: Toolbox, options: ProbeOptions): Promise<AcceleratorChoice> {
  const problem = await access(DEVICE, constants.R_OK | constants.W_OK).then(() => undefined, describeAccess);
  if (problem !== undefined) return { accelerator: 'tcg', reason: problem };

  const key = hostKey(toolbox);
  const known = await readCache(options.cacheFile);
  const lasts = known?.choice.accelerator === 'kvm' || Date.now() - (known?.atMs ?? 0) < NO_LASTS_MS;
  if (known?.key === key && lasts) return known.choice;
  const choice = await tryKvm(toolbox, options);
  await writeFileAtomically(options.cacheFile, `${JSON.stringify({ key, choice, atMs: Date.now() })}\n`);
  return choice;
}

async function tryKvm(toolbox: Toolbox, { boot, signal }: ProbeOptions): Promise<AcceleratorChoice> {
  const workDirectory = await mkdtemp(join(tmpdir(), 'basalt-probe-'));
  try {
    const { spec, proof, timeoutMs } = await boot(workDirectory);
    const machine = await startMachine({ ...spec, accelerator: 'kvm' }, { toolbox, signal, workDirectory });
    try {
      await machine.console.waitFor(proof, { timeoutMs, signal });
      return { accelerator: 'kvm', reason: `${DEVICE} boots a stock kernel` };
    } finally {
      machine.kill();
      await machine.ended;
    }
  } catch (error) {
    if (signal.aborted) throw new InterruptedError();
    const seen = error instanceof ToolError ? error.stderrTail.split('\n')[0] : messageOf(error);
    return { accelerator: 'tcg', reason: `${DEVICE} is there but does not boot a stock kernel: ${seen}` };
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

function describeAccess(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? `this host has no ${DEVICE}`
    : `${DEVICE} cannot be opened by this user (often mended by joining the group kvm)`;
}

/** Another kernel, processor or QEMU may answer otherwise. */
function hostKey(toolbox: Toolbox): string {
  return digestBytes(
    canonicalJson({ kernel: release(), processor: cpus()[0]?.model ?? '', tools: toolbox.digest }),
  );
}

const cacheSchema = z.object({
  key: z.string(),
  choice: z.object({ accelerator: z.enum(['kvm', 'tcg']), reason: z.string() }),
  atMs: z.number().default(0),
});

async function readCache(path: string): Promise<z.infer<typeof cacheSchema> | undefined> {
  try {
    return cacheSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
