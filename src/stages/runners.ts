/** The code of every kind of stage in the plan's catalogue. */
import type { StageKind } from '../plan/catalogue.ts';
import { blankUki } from './blank-uki.ts';
import { disk } from './disk.ts';
import { extension } from './extension.ts';
import { fetch } from './fetch.ts';
import { gce } from './gce.ts';
import { hooks } from './hooks.ts';
import { initrd } from './initrd.ts';
import { iso } from './iso.ts';
import { kernel } from './kernel.ts';
import { liveUki } from './live-uki.ts';
import { ova } from './ova.ts';
import { packages } from './packages.ts';
import { pxe } from './pxe.ts';
import { qcow2 } from './qcow2.ts';
import { rawZst } from './raw-zst.ts';
import { root } from './root.ts';
import type { StageRunner } from './stage.ts';
import { uki } from './uki.ts';
import { vagrantLibvirt } from './vagrant-libvirt.ts';
import { vagrantVirtualbox } from './vagrant-virtualbox.ts';
import { verity } from './verity.ts';
import { vhd } from './vhd.ts';
import { vhdx } from './vhdx.ts';
import { vmdk } from './vmdk.ts';

export const runners: { readonly [Kind in StageKind]: StageRunner<Kind> } = {
  fetch,
  packages,
  hooks,
  kernel,
  initrd,
  root,
  verity,
  'blank-uki': blankUki,
  uki,
  disk,
  extension,
  pxe,
  'live-uki': liveUki,
  iso,
  qcow2,
  'raw.zst': rawZst,
  vmdk,
  ova,
  vhd,
  vhdx,
  gce,
  'vagrant-libvirt': vagrantLibvirt,
  'vagrant-virtualbox': vagrantVirtualbox,
};
