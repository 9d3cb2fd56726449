import { expect, it } from 'vitest';
import { droppedModules } from '../../../src/tree/kernel-modules.ts';

const dependencies = `kernel/drivers/net/ethernet/broadcom/bnxt/bnxt_en.ko.xz: kernel/drivers/net/mdio.ko.xz
kernel/drivers/net/ethernet/3com/3c59x.ko.xz: kernel/drivers/net/mii.ko.xz
kernel/drivers/net/mdio.ko.xz:
kernel/drivers/net/mii.ko.xz:
kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz: kernel/drivers/gpu/drm/drm.ko.xz
kernel/drivers/gpu/drm/mgag200/mgag200.ko.xz: kernel/drivers/gpu/drm/drm.ko.xz
kernel/drivers/gpu/drm/drm.ko.xz:
kernel/fs/ext4/ext4.ko.xz:
`;

const short = (paths: readonly string[]) => paths.map((path) => path.split('/').at(-1));

it('drops what patterns name, and nothing else', () => {
  expect(short(droppedModules(dependencies, { drop: ['drivers/net/ethernet/3com/**'], keep: [] }))).toEqual([
    '3c59x.ko.xz',
  ]);
  expect(droppedModules(dependencies, { drop: [], keep: [] })).toEqual([]);
});

it('keeps what is named, and what that needs', () => {
  const drop = ['drivers/net/**', 'drivers/gpu/**'];
  expect(
    short(droppedModules(dependencies, { drop, keep: ['bnxt-en', '=drivers/gpu/drm/mgag200'] })),
  ).toEqual(['nouveau.ko.xz', '3c59x.ko.xz', 'mii.ko.xz']);
});

it('takes a pattern of a single module without its ending', () => {
  expect(short(droppedModules(dependencies, { drop: ['fs/ext?/ext4'], keep: [] }))).toEqual(['ext4.ko.xz']);
});
