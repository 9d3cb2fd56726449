/** The accelerator that tests boot with. */
import { acceleratorForImage } from '../../src/machine/accelerator-of-image.ts';
import type { Accelerator } from '../../src/machine/spec.ts';
import { defaultStoreDirectory } from '../../src/store/store.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import type { TestImage } from './image.ts';

/** KVM when the built image's kernel boots with it, else emulation. */
export async function accelerator(toolbox: Toolbox, image: TestImage): Promise<Accelerator> {
  const choice = await acceleratorForImage(toolbox, {
    kernel: image.path('linux'),
    spec: { memoryBytes: 0, cpus: 1 },
    storeDirectory: defaultStoreDirectory(),
    signal: new AbortController().signal,
  });
  return choice.accelerator;
}
