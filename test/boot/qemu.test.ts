/** The qemu image, booted under OVMF: each sentence of what it promises, over two boots of the same disk. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credential } from '../../src/machine/credentials.ts';
import type { Accelerator, Disk } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { bootAndCheck } from '../support/boot.ts';
import { containerDisk } from '../support/container-image.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import { type InstalledDisk, installedDisk } from '../support/installed-disk.ts';

let toolbox: Toolbox;
let folder: string;
let how: Accelerator;
let disk: Disk;
let installed: InstalledDisk;
let container: Disk;
let key: string;

beforeAll(async () => {
  installed = await installedDisk('qemu', 6 * GIB);
  ({ toolbox, folder, accelerator: how, disk } = installed);
  container = {
    path: await containerDisk(toolbox, folder),
    format: 'raw',
    readOnly: true,
    serial: 'container',
  };
  await toolbox.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/keys/key'], {
    binds: [{ source: folder, target: '/keys', writable: true }],
  });
  key = await readFile(join(folder, 'key.pub'), 'utf8');
});
afterAll(() => installed?.remove());

const check = (name: string, script: string, timeoutSeconds?: number): GuestCheck => ({
  name,
  script,
  ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
});

/** Fails when a command succeeds: bash -e does not stop at a plain `!`. */
const REFUSED = 'refused() { if "$@" 2>/dev/null; then echo "should have failed: $*"; exit 1; fi; }';

/** What is true on every boot. */
const always: GuestCheck[] = [
  check(
    'the root is a read-only file system on dm-verity',
    `findmnt -no SOURCE,OPTIONS / | tee /dev/stderr | grep -Eq '^/dev/mapper/root +ro'
     grep -Eq '^(squashfs|erofs)$' <<<"$(findmnt -no FSTYPE /)"
     dmsetup status root | grep -q 'verity V'
     hash=$(sed -n 's/.*roothash=\\([0-9a-f]\\{64\\}\\).*/\\1/p' /proc/cmdline)
     [ -n "$hash" ] && dmsetup table root | grep -q "$hash"`,
  ),
  check(
    'even root cannot write to the root',
    `${REFUSED}
     refused touch /usr/x
     refused touch /x
     refused mount -o remount,rw /
     refused dd if=/dev/zero of=/dev/mapper/root bs=4096 count=1
     blockdev --setrw /dev/mapper/root || true
     refused dd if=/dev/zero of=/dev/mapper/root bs=4096 count=1`,
  ),
  check(
    'there is a login on the screen and on the serial port',
    `systemctl is-active getty@tty1 serial-getty@ttyS0`,
  ),
  check('slot B is there and empty', `[ "$(lsblk -nro PARTLABEL /dev/vda | grep -c '^_empty$')" = 2 ]`),
  check(
    'var fills the disk',
    `findmnt -no FSTYPE /var | grep -qx ext4
     part=$(basename "$(readlink -f "$(findmnt -no SOURCE /var)")")
     end=$(($(cat "/sys/class/block/$part/start") + $(cat "/sys/class/block/$part/size")))
     disk=$(cat /sys/class/block/vda/size)
     [ $((disk - end)) -le 4096 ] || { echo "$((disk - end)) sectors behind /var"; exit 1; }
     [ "$(df --output=size -B512 /var | tail -1)" -gt $(($(cat "/sys/class/block/$part/size") * 9 / 10)) ]`,
  ),
  check('nobody but root may write to the root directory', `[ "$(stat -c '%a %u %g' /)" = '755 0 0' ]`),
  check('etc is an overlay', `findmnt -no FSTYPE /etc | grep -qx overlay`),
  check(
    'the etc of the image can be seen, read-only, and its accounts are those of the machine',
    `cmp /run/basalt/image/etc/passwd /etc/passwd
     ${REFUSED}
     refused touch /run/basalt/image/etc/x
     [ ! -e /var/lib/basalt/etc/upper/passwd ]`,
  ),
  check(
    'no apt, dpkg or perl',
    `${REFUSED}
     for name in apt apt-get dpkg perl; do refused command -v "$name"; done`,
  ),
  check('the package list can be read', `grep -q '^Package: docker.io$' /var/lib/dpkg/status`),
  check(
    'the user core',
    `id -u core | grep -qx 1000; id -nG core | grep -qw docker; runuser -u core -- sudo -n true; [ "$(stat -c %U /home/core)" = core ]`,
  ),
  check(
    'docker runs a container',
    `docker image inspect busybox >/dev/null 2>&1 || docker import - busybox < /dev/disk/by-id/virtio-container >/dev/null
     [ "$(docker run --rm busybox /bin/echo from a container)" = 'from a container' ]`,
    300,
  ),
  check(
    'containers outlive a restart of the engine, and their logs are bounded',
    `docker run --detach --name survivor busybox /bin/busybox sleep 1000 >/dev/null
     started=$(docker inspect --format '{{.State.StartedAt}} {{.State.Pid}}' survivor)
     systemctl restart docker.service
     [ "$(docker inspect --format '{{.State.StartedAt}} {{.State.Pid}}' survivor)" = "$started" ] # live-restore
     docker inspect --format '{{.State.Running}}' survivor | grep -qx true
     docker inspect --format '{{json .HostConfig.LogConfig}}' survivor | tee /dev/stderr | grep -q '"max-size":"10m"'
     docker rm --force survivor >/dev/null`,
    300,
  ),
  check(
    'etcd tells its health on this machine, and its upkeep is on timers',
    `for try in $(seq 60); do curl -sf http://127.0.0.1:2381/health && break; sleep 2; done
     grep -q '"health":"true"' <<<"$(curl -sf http://127.0.0.1:2381/health)"
     grep -q '^etcd_server_has_leader 1$' <<<"$(curl -sf http://127.0.0.1:2381/metrics)"
     systemctl is-active basalt-etcd-snapshot.timer basalt-etcd-defrag.timer
     systemctl start basalt-etcd-snapshot.service basalt-etcd-defrag.service
     [ "$(find /var/lib/basalt/etcd-snapshots -name 'etcd-*-r*.db' -size +0 | wc -l)" -ge 1 ]
     [ "$(stat -c %a /var/lib/basalt/etcd-snapshots)" = 700 ]
     eval "$(basalt-agent etcd env)"; etcdctl endpoint health`,
    300,
  ),
  check(
    'etcd answers',
    `for try in $(seq 60); do etcdctl endpoint health 2>/dev/null && break; sleep 2; done; etcdctl endpoint health`,
    200,
  ),
  check(
    'names are resolved and time is kept by the network services',
    `systemctl is-active systemd-resolved systemd-networkd systemd-timesyncd`,
  ),
  check('the firewall is up', `nft list ruleset | grep -q 'hook input'`),
  check(
    'quickjs runs',
    `qjs -e 'console.log(6*7)' 2>/dev/null | grep -qx 42 || { echo 'console.log(6*7)' > /tmp/x.js; qjs /tmp/x.js | grep -qx 42; }`,
  ),
  check(
    'what packages had in var is made by tmpfiles',
    `count=0
     while read -r kind path mode user group _; do
       [ "$kind" = d ] || continue
       count=$((count + 1))
       [ "$(stat -c '%04a %U %G' "$path")" = "$mode $user $group" ] || { stat "$path"; echo "$path should be $mode $user $group"; exit 1; }
     done < <(grep -v '^#' /usr/lib/tmpfiles.d/basalt-var.conf)
     [ "$count" -gt 5 ]
     [ "$(stat -c %U /var/lib/etcd)" = etcd ]`,
  ),
  check(
    'no failed unit and the system runs',
    `systemctl is-system-running --wait | tee /dev/stderr | grep -qx running; [ -z "$(systemctl --failed --no-legend)" ]`,
    300,
  ),
  check(
    'this boot is marked good',
    `for try in $(seq 60); do bootctl status 2>/dev/null | grep -q . && [ -e /boot/EFI/Linux ] && ls /boot/EFI/Linux | grep -q '^basalt_[^+]*\\.efi$' && exit 0; sleep 2; done; ls /boot/EFI/Linux; exit 1`,
    200,
  ),
  check(
    'the journal tells of no crash and no ordering cycle',
    `[ -z "$(journalctl -b --grep 'Out of memory|segfault|BUG:|Call Trace|ordering cycle' --quiet || true)" ]`,
  ),
];

test('the first boot makes the machine, and everything it promises is true', async () => {
  const report = await bootAndCheck({
    toolbox,
    accelerator: how,
    disks: [disk, container],
    oemStrings: [credential('ssh.authorized_keys.core', key)],
    checks: [
      ...always,
      check('this is a first boot', `[ ! -e /etc/basalt-test ] && [ ! -e /var/lib/basalt-test ]`),
      check(
        'written to etc and var',
        `echo one > /etc/basalt-test; echo two > /var/lib/basalt-test; etcdctl put basalt kept >/dev/null; cp /etc/machine-id /var/lib/basalt-machine-id; sync`,
        200,
      ),
      check(
        'host keys are made on the machine',
        `ls /etc/ssh/ssh_host_*_key; ! ls /usr/share/factory/etc/ssh/ssh_host_* 2>/dev/null`,
      ),
    ],
    whileUp: async (machine) => {
      const port = machine.forwards[0]?.hostPort;
      const { stdout: said } = await toolbox.run(
        [
          'ssh',
          ...['-i', '/keys/key', '-p', String(port), '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no'],
          ...['-o', 'UserKnownHostsFile=/tmp/known', '-o', 'ConnectTimeout=120', '-o', 'LogLevel=ERROR'],
          'core@127.0.0.1',
          'id -un; sudo -n id -un',
        ],
        { network: true, binds: [{ source: folder, target: '/keys' }], signal: AbortSignal.timeout(300_000) },
      );
      expect(said).toBe('core\nroot');
    },
  });
  expect(report.console).toMatch(/login: /);
});

test('the second boot finds what the first wrote', async () => {
  await bootAndCheck({
    toolbox,
    accelerator: how,
    disks: [disk, container],
    checks: [
      ...always,
      check(
        'etc and var kept what was written',
        `grep -qx one /etc/basalt-test; grep -qx two /var/lib/basalt-test`,
      ),
      check('the machine is still itself', `cmp /etc/machine-id /var/lib/basalt-machine-id`),
      check(
        'etcd kept its data',
        `for try in $(seq 60); do [ "$(etcdctl get basalt --print-value-only 2>/dev/null)" = kept ] && exit 0; sleep 2; done; exit 1`,
        200,
      ),
      check(
        'etcd is restored from a snapshot, and only while it is stopped',
        `file=$(ls -t /var/lib/basalt/etcd-snapshots/*.db | head -n 1)
         etcdctl put basalt changed >/dev/null
         ${REFUSED}
         refused basalt-agent etcd restore "$file"
         systemctl stop etcd.service
         basalt-agent etcd restore "$file"
         systemctl start etcd.service
         [ "$(etcdctl get basalt --print-value-only)" = kept ]
         ls -d /var/lib/etcd/default.before-*
         [ "$(stat -c %U /var/lib/etcd/default/member)" = etcd ]`,
        300,
      ),
    ],
  });
});
