/**
 * A machine with Debian's own vagrant, libvirt and QEMU, as folders and namespaces: the tools tree with those packages laid
 * over it, its own processes, mounts and network. Takes root.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { unpackDebian } from './debian-packages.ts';

const PACKAGES = [
  'vagrant',
  'vagrant-libvirt',
  'libvirt-daemon-system',
  'libvirt-daemon-driver-qemu',
  'libvirt-clients',
  'libarchive-tools',
  'openssh-client',
  'dnsmasq-base',
  'iptables',
];

/** What maintainer scripts would have done, as far as it is needed; then libvirt, and what the test wants. */
const INSIDE = `#!/bin/bash
set -euo pipefail
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
ldconfig
for name in iptables ip6tables ebtables; do
  for action in '' -save -restore; do ln -sf xtables-nft-multi "/usr/sbin/$name$action"; done
done
grep -q ^nobody: /etc/passwd || echo 'nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
# Debian's own (libvirt-daemon-system.postinst): libvirt looks them up before it reads which users it is told to take.
printf 'libvirt:x:990:\\nkvm:x:991:\\nlibvirt-qemu:x:64055:\\n' >> /etc/group
echo 'libvirt-qemu:x:64055:991:Libvirt Qemu:/var/lib/libvirt:/usr/sbin/nologin' >> /etc/passwd
mkdir -p /etc/libvirt /var/lib/libvirt/images /var/log/libvirt /var/cache/libvirt /run/libvirt /root
# There is no control group, no AppArmor and no user of its own for QEMU here.
cat > /etc/libvirt/qemu.conf <<'END'
user = "root"
group = "root"
remember_owner = 0
security_driver = "none"
namespaces = [ ]
cgroup_controllers = [ ]
stdio_handler = "file"
END
printf 'auth_unix_rw = "none"\\nauth_unix_ro = "none"\\nunix_sock_group = "root"\\n' > /etc/libvirt/libvirtd.conf
echo 'firewall_backend = "iptables"' > /etc/libvirt/network.conf
ip link set lo up
libvirtd --daemon
for try in $(seq 100); do virsh -c qemu:///system version >/dev/null 2>&1 && break; sleep 0.2; done
virsh -c qemu:///system version >/dev/null || { cat /var/log/libvirt/*.log >&2; exit 1; }
cd /work
bash -euo pipefail /run/test
`;

const home = resolve(import.meta.dirname, '../..');

const OUTSIDE = `set -eu
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$FOLDER/debian:$TOOLS,upperdir=$FOLDER/upper,workdir=$FOLDER/scratch" "$FOLDER/root"
cd "$FOLDER/root"
mkdir -p work root project
mount --rbind /dev dev
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
cp "$FOLDER/inside" "$FOLDER/test" run
mount --bind "$FOLDER/work" work
# The Vagrantfile has the project's own command render configurations.
mount --bind "$PROJECT" project
touch usr/local/bin/node
mount --bind "$NODE" usr/local/bin/node
ln -sf /project/basalt work/basalt
exec chroot . /bin/bash /run/inside
`;

export class VagrantHost {
  private constructor(
    private readonly toolbox: Toolbox,
    /** On the machine; `/work` in there, where scripts run. */
    readonly work: string,
    private readonly folder: string,
  ) {}

  /** @param folder Gets everything; not on an overlay file system itself. */
  static async make(toolbox: Toolbox, folder: string): Promise<VagrantHost> {
    await unpackDebian(toolbox, PACKAGES, join(folder, 'debian'));
    for (const name of ['upper', 'scratch', 'root', 'work']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'inside'), INSIDE);
    return new VagrantHost(toolbox, join(folder, 'work'), folder);
  }

  /**
   * Runs a script with libvirt at its side. Whatever it leaves running ends with it.
   * @returns What it printed.
   * @throws {Error} with the end of what it printed, when it fails.
   */
  async run(script: string, timeoutMs: number): Promise<string> {
    await writeFile(join(this.folder, 'test'), script);
    const { stdout, failed, all } = await execa(
      'unshare',
      ['--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', OUTSIDE],
      {
        env: { FOLDER: this.folder, TOOLS: this.toolbox.root, PROJECT: home, NODE: process.execPath },
        stdin: 'ignore',
        all: true,
        reject: false,
        timeout: timeoutMs,
        forceKillAfterDelay: 1000,
      },
    );
    // Progress bars redraw their line.
    if (failed) throw new Error(`in Vagrant's machine:\n${all?.replace(/^.*\r/gm, '').slice(-8000)}`);
    return stdout;
  }
}
