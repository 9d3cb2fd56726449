/** Takes the kernel and its modules out of Debian's kernel package, leaves some out, and indexes the rest. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError } from '../errors.ts';
import { droppedModules } from '../tree/kernel-modules.ts';
import { inputPath, type StageContext, type StageRunner } from './stage.ts';
import { unpackedBytes, workspaceFor } from './workspace.ts';

// With a list of modules to drop, a second run of the same: what is to be dropped is known by the index of all.
const SCRIPT = `
set -eu
cd /work
dpkg-deb --fsys-tarfile /in/kernel.deb | tar -x
set -- usr/lib/modules/*
[ $# -eq 1 ] && [ -d "$1" ]
release=\${1##*/}
index() { depmod --basedir /work --moduledir usr/lib/modules "$release" 2>/dev/null || depmod --basedir /work "$release"; }
[ -e /out/dropped ] || index
saved=0
if [ -e /out/dropped ]; then
  before=$(du --summarize --bytes "$1" | cut -f 1)
  (cd "$1" && xargs -r rm -f) < /out/dropped
  find "$1/kernel" -mindepth 1 -type d -empty -delete
  saved=$((before - $(du --summarize --bytes "$1" | cut -f 1)))
  index
fi
cp "boot/vmlinuz-$release" /out/vmlinuz
cp "$1/modules.dep" /out/modules.dep
rm -f "$1/build" "$1/source"
tar -C /work --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf /out/modules.tar ./usr/lib/modules
echo "$saved"
echo "$release"
`;

export const kernel: StageRunner<'kernel'> = async (context) => {
  const { directory, options } = context;
  let taken = await takeModules(context);
  if (options.modules !== undefined) {
    const index = await readFile(join(directory, 'modules.dep'), 'utf8');
    const dropped = droppedModules(index, options.modules);
    await writeFile(join(directory, 'dropped'), dropped.map((path) => `${path}\n`).join(''));
    taken = await takeModules(context);
  }
  return {
    files: { vmlinuz: join(directory, 'vmlinuz'), modules: join(directory, 'modules.tar') },
    values: { release: taken.release, savedBytes: taken.savedBytes },
  };
};

async function takeModules(
  context: StageContext<'kernel'>,
): Promise<{ readonly release: string; readonly savedBytes: number }> {
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
  const [saved, release] = stdout.trim().split('\n').slice(-2);
  if (!release || saved === undefined) throw new BugError('the kernel package names no release');
  return { release, savedBytes: Number(saved) };
}
