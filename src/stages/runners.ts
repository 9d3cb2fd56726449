/** The code of every kind of stage in the plan's catalogue. */
import type { StageKind } from '../plan/catalogue.ts';
import { disk } from './disk.ts';
import { fetch } from './fetch.ts';
import { hooks } from './hooks.ts';
import { initrd } from './initrd.ts';
import { kernel } from './kernel.ts';
import { packages } from './packages.ts';
import { qcow2 } from './qcow2.ts';
import { root } from './root.ts';
import type { StageRunner } from './stage.ts';
import { uki } from './uki.ts';
import { verity } from './verity.ts';

export const runners: { readonly [Kind in StageKind]: StageRunner<Kind> } = {
  fetch,
  packages,
  hooks,
  kernel,
  initrd,
  root,
  verity,
  uki,
  disk,
  qcow2,
};
