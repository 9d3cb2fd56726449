/**
 * Makes the initrd of the live system: the image's own, behind an archive with the root, its hash tree and the installer.
 * The initrd's generator knows by the kernel argument `basalt.live` that the root is there.
 */
import { join } from 'node:path';
import { rootHashArgument } from './root-hash-argument.ts';
import { inputPath, inputText, type StageRunner } from './stage.ts';
import { inputBytes, workspaceFor } from './workspace.ts';

/** Where the initrd's units look for them; templates/boot/dracut has the same names. */
const FOLDER = 'basalt';

// The kernel takes archives one behind the other: the first is not compressed, since what is in it is. Each begins at a
// multiple of four bytes (Documentation/driver-api/early-userspace/buffer-format.rst).
const SCRIPT = `
set -eu
mkdir -p /work/tree/${FOLDER}
cd /work/tree
ln -s /in/root.img /in/root.verity /in/installer.img ${FOLDER}/
find . -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
printf '%s\\n' ${FOLDER} ${FOLDER}/installer.img ${FOLDER}/root.img ${FOLDER}/root.verity |
  cpio --create --quiet --format=newc --reproducible --owner=0:0 --dereference --block-size=8 > /out/live.initrd
cat /in/initrd >> /out/live.initrd
`;

export const pxe: StageRunner<'pxe'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const workspace = await workspaceFor(context, inputBytes(context, 'initrd'));
  await toolbox.run(['sh', '-c', SCRIPT], {
    tool: 'cpio',
    signal,
    ...workspace,
    binds: [
      ...workspace.binds,
      { source: inputPath(context, 'root', 'image'), target: '/in/root.img' },
      { source: inputPath(context, 'verity', 'hashes'), target: '/in/root.verity' },
      { source: inputPath(context, 'extension', 'extension'), target: '/in/installer.img' },
      { source: inputPath(context, 'initrd', 'initrd'), target: '/in/initrd' },
      { source: directory, target: '/out', writable: true },
    ],
    env: { SOURCE_DATE_EPOCH: String(options.epoch) },
  });
  const commandLine = [rootHashArgument(inputText(context, 'verity', 'rootHash')), ...options.arguments].join(
    ' ',
  );
  return { files: { pxe: join(directory, 'live.initrd') }, values: { commandLine } };
};
