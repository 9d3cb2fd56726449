/** Makes the read-only root image: the package tree, edited and completed as data, streamed into the image maker. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { imageMaker } from '../tools/image-makers.ts';
import { reserveIds, settleIds } from '../tree/account-ids.ts';
import { writeAccountList } from '../tree/account-list.ts';
import { applyLayout } from '../tree/layout.ts';
import { dropPackages, keepPackageList } from '../tree/package-database.ts';
import { keepState, removeResidue } from '../tree/state.ts';
import { readTar } from '../tree/tar-read.ts';
import { writeTar } from '../tree/tar-write.ts';
import type { Tree } from '../tree/tree.ts';
import { trim } from '../tree/trim.ts';
import { formatSize } from '../units.ts';
import { giveOwners, layEntries } from './root-entries.ts';
import { largestPackages } from './root-sizes.ts';
import { applySystemd } from './root-systemd.ts';
import { inputPath, type StageContext, type StageRunner } from './stage.ts';

export const root: StageRunner<'root'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const tree = readTar(inputPath(context, 'tree', 'tree'));
  addModules(tree, context);
  dropPackages(tree, new Set(options.drop));
  trim(tree, options.trim);
  removeResidue(tree);
  const packageSizes = largestPackages(tree);
  keepPackageList(tree);
  applyLayout(tree);
  await layEntries(tree, options.entries, context);
  await applySystemd(tree, context);
  settleIds(tree, options.accountIds);
  reserveIds(tree);
  writeAccountList(tree);
  giveOwners(tree, options.entries);
  keepState(tree);

  const image = join(directory, 'root.img');
  const maker = imageMaker(options.compression, { output: '/out/root.img', epoch: options.epoch });
  await toolbox.run(maker.command, {
    signal,
    binds: [{ source: directory, target: '/out', writable: true }],
    env: { SOURCE_DATE_EPOCH: String(options.epoch) },
    input: (stdin) => writeTar(tree, options.epoch, stdin),
  });
  const { size } = await stat(image);
  if (size > options.rootBytes) {
    throw new UserError('does-not-fit', 'the root image does not fit its partition', {
      seen: `the root image is ${formatSize(size)}; largest packages: ${packageSizes
        .slice(0, 5)
        .map((entry) => `${entry.name} ${formatSize(entry.sizeBytes)}`)
        .join(', ')}`,
      needed: `at most ${formatSize(options.rootBytes)} (partitions.root)`,
      next: ['drop packages, trim more, or raise partitions.root'],
    });
  }
  return { files: { image }, values: { sizeBytes: size, entries: tree.size, packageSizes } };
};

function addModules(tree: Tree, context: StageContext<'root'>): void {
  for (const [path, node] of readTar(inputPath(context, 'kernel', 'modules')).sorted()) {
    if (path.startsWith('/usr/lib/modules')) tree.set(path, node);
  }
}
