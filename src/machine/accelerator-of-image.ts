/** The accelerator for an image's machine: KVM when the image's own kernel proves that it works. */
import { join } from 'node:path';
import type { Toolbox } from '../tools/toolbox.ts';
import { type AcceleratorChoice, imageProbe, kernelProbe, probeAccelerator } from './accelerator.ts';
import type { MachineSpec } from './spec.ts';

export interface ImageProbeOptions {
  /** The image's kernel file, when it is known; otherwise the whole machine is tried. */
  readonly kernel: string | undefined;
  readonly spec: Omit<MachineSpec, 'accelerator'>;
  /** Folder of the store: the answer is kept there. */
  readonly storeDirectory: string;
  readonly signal: AbortSignal;
}

/** Probes once for each host, kernel and tools tree. */
export function acceleratorForImage(
  toolbox: Toolbox,
  options: ImageProbeOptions,
): Promise<AcceleratorChoice> {
  return probeAccelerator(toolbox, {
    boot: (workDirectory) =>
      options.kernel === undefined
        ? imageProbe(toolbox, options.spec, workDirectory)
        : kernelProbe(options.kernel),
    cacheFile: join(options.storeDirectory, 'accelerator.json'),
    signal: options.signal,
  });
}
