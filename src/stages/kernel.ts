/** Takes the kernel and its modules out of Debian's kernel package, and indexes the modules. */
import { join } from 'node:path';
import { BugError } from '../errors.ts';
import { inputPath, type StageRunner } from './stage.ts';
import { unpackedBytes, workspaceFor } from './workspace.ts';

const SCRIPT = `
set -eu
cd /work
dpkg-deb --fsys-tarfile /in/kernel.deb | tar -x
set -- usr/lib/modules/*
[ $# -eq 1 ] && [ -d "$1" ]
release=\${1##*/}
depmod --basedir /work --moduledir usr/lib/modules "$release" 2>/dev/null || depmod --basedir /work "$release"
cp "boot/vmlinuz-$release" /out/vmlinuz
rm -f "$1/build" "$1/source"
tar -C /work --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf /out/modules.tar ./usr/lib/modules
echo "$release"
`;

export const kernel: StageRunner<'kernel'> = async (context) => {
  const { directory, toolbox, signal, options } = context;
  const workspace = await workspaceFor(context, unpackedBytes(context, 'packages'));
  const { stdout } = await toolbox.run(['sh', '-c', SCRIPT], {
    tool: 'dpkg-deb',
    signal,
    ...workspace,
    binds: [
      ...workspace.binds,
      { source: inputPath(context, 'packages', options.package), target: '/in/kernel.deb' },
      { source: directory, target: '/out', writable: true },
    ],
    env: { SOURCE_DATE_EPOCH: String(options.epoch) },
  });
  const release = stdout.trim().split('\n').at(-1);
  if (!release) throw new BugError('the kernel package names no release');
  return {
    files: { vmlinuz: join(directory, 'vmlinuz'), modules: join(directory, 'modules.tar') },
    values: { release },
  };
};
