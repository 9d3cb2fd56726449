/**
 * Makes the extension of the live system (systemd-sysext(8)): Node.js, the installer, the UKI that it installs, and what
 * starts it instead of a login prompt.
 */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageMaker } from '../tools/image-makers.ts';
import { readTar } from '../tree/tar-read.ts';
import { writeTar } from '../tree/tar-write.ts';
import type { Tree } from '../tree/tree.ts';
import { trim } from '../tree/trim.ts';
import { KIB } from '../units.ts';
import {
  inputDigest,
  inputNumber,
  inputPath,
  inputText,
  type StageContext,
  type StageRunner,
} from './stage.ts';
import { unpackedBytes, workspaceFor } from './workspace.ts';

const NAME = 'basalt-installer';
/** Where the installer looks for what it installs. */
const FOLDER = '/usr/lib/basalt/installer';

const SCRIPT = `
set -eu
tree=/work/tree
mkdir -p "$tree/usr/bin" "$tree/usr/sbin" "$tree/usr/lib" "$tree/usr/lib64"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$tree/$name"; done
xargs -r -P "$(nproc)" -n 1 sh -c 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$0"' "$tree" < /out/order
tar -C "$tree" --format=posix --pax-option=delete=atime,delete=ctime --sort=name --mtime="@$SOURCE_DATE_EPOCH" \\
  --owner=0 --group=0 --numeric-owner -cf /out/tree.tar ./usr
mkdir /out/boot
cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi /out/boot/
`;

export const extension: StageRunner<'extension'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  await writeFile(
    join(directory, 'order'),
    `${options.order.map((sha256) => `/objects/${sha256.slice(0, 2)}/${sha256}`).join('\n')}\n`,
  );
  const env = { SOURCE_DATE_EPOCH: String(options.epoch) };
  const workspace = await workspaceFor(context, unpackedBytes(context, 'packages'));
  const out = { source: directory, target: '/out', writable: true };
  await toolbox.run(['sh', '-c', SCRIPT], {
    tool: 'dpkg-deb',
    signal,
    ...workspace,
    binds: [
      ...workspace.binds,
      { source: join(context.store.directory, 'objects'), target: '/objects' },
      out,
    ],
    env,
  });
  const tree = readTar(join(directory, 'tree.tar'));
  trim(tree, options.trim);
  await layInstaller(tree, context);
  const maker = imageMaker(
    { filesystem: 'squashfs', algorithm: 'zstd', level: 15, blockSizeBytes: 128 * KIB },
    { output: '/out/installer.img', epoch: options.epoch },
  );
  await toolbox.run(maker.command, {
    signal,
    binds: [out],
    env,
    input: (stdin) => writeTar(tree, options.epoch, stdin),
  });
  return { files: { extension: join(directory, 'installer.img') } };
};

async function layInstaller(tree: Tree, context: StageContext<'extension'>): Promise<void> {
  const { options, directory } = context;
  for (const file of options.files) {
    tree.set(file.path, {
      kind: 'file',
      mode: file.mode,
      uid: 0,
      gid: 0,
      content: { kind: 'bytes', bytes: await readFile(await context.fileOf(file.sha256)) },
    });
  }
  // It fits this version of the image and no other.
  tree.setText(
    `/usr/lib/extension-release.d/extension-release.${NAME}`,
    `ID=basalt\nVERSION_ID=${options.version}\nSYSEXT_SCOPE=initrd system\n`,
  );
  const uki = inputPath(context, 'uki', 'uki');
  const { size } = await stat(uki);
  const place = (name: string, file: string, sizeBytes: number) =>
    tree.set(`${FOLDER}/${name}`, {
      kind: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      content: { kind: 'range', file, offset: 0, sizeBytes },
    });
  place(options.ukiName, uki, size);
  const loader = join(directory, 'boot/systemd-bootx64.efi');
  place('boot/systemd-bootx64.efi', loader, (await stat(loader)).size);
  const source = {
    image: options.image,
    version: options.version,
    rootHash: inputText(context, 'verity', 'rootHash'),
    rootBytes: inputNumber(context, 'root', 'sizeBytes'),
    verityBytes: inputNumber(context, 'verity', 'sizeBytes'),
    uki: { file: options.ukiName, sizeBytes: size, sha256: inputDigest(context, 'uki', 'uki') },
  };
  tree.setText(`${FOLDER}/source.json`, `${JSON.stringify(source, null, 2)}\n`);
}
