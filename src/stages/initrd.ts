/**
 * Builds the initrd with dracut and Basalt's own dracut module. The packages dracut picks from are unpacked, not
 * configured: an initrd needs their files only, and so it depends on nothing of the root but the kernel.
 */
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inputPath, inputText, type StageRunner } from './stage.ts';
import { inputBytes, unpackedBytes, workspaceFor } from './workspace.ts';

const SCRIPT = `
set -eu
root=/work/root
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64"
cd "$root"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$name"; done
mkdir -p sys tmp run var/tmp etc
xargs -r -P "$(nproc)" -n 1 sh -c 'dpkg-deb --fsys-tarfile "$1" | tar -x --exclude=./dev --exclude=./proc --keep-directory-symlink -C "$0"' "$root" < /job/order
tar -xf /in/modules.tar
cp -a /job/files/. "$root/"
ln -sf dash usr/bin/sh
[ -e usr/bin/awk ] || ln -s mawk usr/bin/awk
cp etc/initrd-release etc/os-release
printf 'root:x:0:0:root:/root:/bin/sh\\n' > etc/passwd
printf 'root:x:0:\\n' > etc/group
chroot "$root" dracut --force --quiet --no-hostonly --no-hostonly-cmdline --no-hostonly-i18n --no-early-microcode --reproducible \\
  --no-compress --nostrip --conf /dev/null --confdir /run --kver "$KERNEL_RELEASE" --modules "$MODULES" --add-drivers "$DRIVERS" /initrd.cpio >&2
# The level is a measured choice: level 19 saves 6 % and takes ten times as long.
zstd -q -T0 -10 "$root/initrd.cpio" -o /out/initrd.zst

# CPU microcode comes first and uncompressed (Documentation/arch/x86/microcode.rst).
early=/work/early
for vendor in intel-ucode:GenuineIntel amd-ucode:AuthenticAMD; do
  folder="$root/usr/lib/firmware/\${vendor%:*}"
  [ -d "$folder" ] || continue
  mkdir -p "$early/kernel/x86/microcode"
  find "$folder" -type f ! -name '*.asc' ! -name 'README*' | sort | xargs cat > "$early/kernel/x86/microcode/\${vendor#*:}.bin"
done
if [ -d "$early" ]; then
  cd "$early"
  find . -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
  find . -mindepth 1 | sort | cpio --create --quiet --format=newc --reproducible --owner=0:0 > /out/early.cpio
  cat /out/initrd.zst >> /out/early.cpio
  mv /out/early.cpio /out/initrd.zst
fi
`;

export const initrd: StageRunner<'initrd'> = async (context) => {
  const { options, directory, toolbox, signal } = context;
  const job = join(directory, 'job');
  for (const file of options.files) {
    const target = join(job, 'files', file.path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(await context.fileOf(file.sha256), target);
    await chmod(target, file.mode);
  }
  await writeFile(
    join(job, 'order'),
    `${options.order.map((sha256) => `/objects/${sha256.slice(0, 2)}/${sha256}`).join('\n')}\n`,
  );
  const workspace = await workspaceFor(
    context,
    unpackedBytes(context, 'packages') + inputBytes(context, 'kernel'),
  );
  await toolbox.run(['sh', '-c', SCRIPT], {
    ownRange: true,
    kernelFilesIn: '/work/root',
    tool: 'dracut',
    signal,
    ...workspace,
    binds: [
      ...workspace.binds,
      { source: job, target: '/job' },
      { source: inputPath(context, 'kernel', 'modules'), target: '/in/modules.tar' },
      { source: join(context.store.directory, 'objects'), target: '/objects' },
      { source: directory, target: '/out', writable: true },
    ],
    env: {
      SOURCE_DATE_EPOCH: String(options.epoch),
      KERNEL_RELEASE: inputText(context, 'kernel', 'release'),
      MODULES: ['basalt', ...options.modules].join(' '),
      DRIVERS: options.drivers.join(' '),
      SYSTEMD_LOG_LEVEL: 'warning',
    },
  });
  return { files: { initrd: join(directory, 'initrd.zst') } };
};
