/**
 * Installs the root's packages into a tree, and packs the tree into a tar.
 *
 * dpkg does the installing, from the tools tree, all packages in one run: unpack everything, then configure
 * everything. Maintainer scripts run inside the tree, so the essential packages are unpacked once more before,
 * without dpkg, to give them a shell and tools (as debootstrap does).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageRunner } from './stage.ts';
import { unpackedBytes, workspaceFor } from './workspace.ts';

const SCRIPT = `
set -eu
tree=$WORK/tree
mkdir -p "$tree/usr/bin" "$tree/usr/sbin" "$tree/usr/lib" "$tree/usr/lib64"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$tree/$name"; done
mkdir -p "$tree/var/lib/dpkg/info" "$tree/var/lib/dpkg/updates" "$tree/var/lib/dpkg/triggers" "$tree/etc"
: > "$tree/var/lib/dpkg/status"
: > "$tree/var/lib/dpkg/available"

xargs -r -P "$(nproc)" -n 1 sh -c 'dpkg-deb --fsys-tarfile "$1" | tar -x --exclude=./dev --exclude=./proc --keep-directory-symlink -C "$0"' "$tree" < /job/essential
[ -e "$tree/usr/bin/awk" ] || ! [ -e "$tree/usr/bin/mawk" ] || ln -s mawk "$tree/usr/bin/awk"

# Nothing starts services in here (invoke-rc.d's policy layer).
printf '#!/bin/sh\\nexit 101\\n' > "$tree/usr/sbin/policy-rc.d"
chmod 755 "$tree/usr/sbin/policy-rc.d"

export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true DEBCONF_NOWARNINGS=yes
installer() {
  dpkg --root="$tree" --force-unsafe-io --force-confnew --force-depends --log=/dev/null --status-fd=3 "$@" 3>&1 >&2
}
xargs -r sh -c 'exec dpkg --root="$0" --force-unsafe-io --force-confnew --force-depends --log=/dev/null --no-triggers --status-fd=3 --unpack "$@" 3>&1 >&2' "$tree" < /job/order
installer --configure --pending

rm "$tree/usr/sbin/policy-rc.d"
tar -C "$tree" --one-file-system --format=posix --pax-option=delete=atime,delete=ctime --sort=name --mtime="@$SOURCE_DATE_EPOCH" \\
  --numeric-owner --xattrs --xattrs-include='*' -cf /out/tree.tar .
`;

export const packages: StageRunner<'packages'> = async (context) => {
  const { options, toolbox, signal, directory } = context;
  const objects = '/objects';
  const inSandbox = (sha256: string) => `${objects}/${sha256.slice(0, 2)}/${sha256}`;
  const job = join(directory, 'job');
  await mkdir(job);
  await writeFile(join(job, 'order'), `${options.order.map(inSandbox).join('\n')}\n`);
  await writeFile(join(job, 'essential'), `${options.essential.map(inSandbox).join('\n')}\n`);

  const workspace = await workspaceFor(context, unpackedBytes(context, 'packages'));
  const total = options.order.length * 2;
  const states = new Set<string>();
  await toolbox.run(['sh', '-c', SCRIPT], {
    ownRange: true,
    kernelFilesIn: '/work/tree',
    tool: 'dpkg',
    signal,
    ...workspace,
    binds: [
      ...workspace.binds,
      { source: join(context.store.directory, 'objects'), target: objects },
      { source: job, target: '/job' },
      { source: directory, target: '/out', writable: true },
    ],
    env: {
      WORK: '/work',
      SOURCE_DATE_EPOCH: String(options.epoch),
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    },
    onLine: (line) => {
      // dpkg's status lines: `status: NAME: unpacked`, `status: NAME: installed` (dpkg(1), --status-fd).
      const match = /^status: (\S+): (unpacked|installed)/.exec(line);
      if (!match) return;
      states.add(`${match[1]} ${match[2]}`);
      context.progress({ done: Math.min(states.size, total), total, unit: 'items', note: match[1] ?? '' });
    },
  });
  return { files: { tree: join(directory, 'tree.tar') } };
};
