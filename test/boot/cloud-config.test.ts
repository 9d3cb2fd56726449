/**
 * The agent on a real machine: a configuration of every section, another one that takes most of it back, and one with
 * mistakes, over boots of one disk. Each boot gets its configuration from QEMU's fw_cfg.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Machine } from '../../src/machine/machine.ts';
import type { Accelerator, Disk } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { bootAndCheck } from '../support/boot.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import { type InstalledDisk, installedDisk } from '../support/installed-disk.ts';

let toolbox: Toolbox;
let folder: string;
let how: Accelerator;
let disk: Disk;
let installed: InstalledDisk;
let key: string;

beforeAll(async () => {
  installed = await installedDisk('cloud-config', 4 * GIB);
  ({ toolbox, folder, accelerator: how, disk } = installed);
  await toolbox.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', '/keys/key'], {
    binds: [{ source: folder, target: '/keys', writable: true }],
  });
  key = (await readFile(join(folder, 'key.pub'), 'utf8')).trim();
});
afterAll(() => installed?.remove());

const boot = (text: string, checks: readonly GuestCheck[], whileUp?: (machine: Machine) => Promise<void>) =>
  bootAndCheck({
    toolbox,
    accelerator: how,
    disks: [disk],
    machine: { fwCfg: [{ name: 'opt/basalt/user-data', value: text }] },
    checks,
    ...(whileUp === undefined ? {} : { whileUp }),
  });

/** Logs in and gives what a command says. */
async function ssh(machine: Machine, user: string, command: string): Promise<string> {
  const { stdout } = await toolbox.run(
    [
      'ssh',
      ...['-i', '/keys/key', '-p', String(machine.forwards[0]?.hostPort), '-o', 'BatchMode=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/tmp/known', '-o', 'LogLevel=ERROR'],
      ...['-o', 'ConnectTimeout=120', `${user}@127.0.0.1`, command],
    ],
    { network: true, binds: [{ source: folder, target: '/keys' }], signal: AbortSignal.timeout(300_000) },
  );
  return stdout;
}

const everything = () => `#cloud-config
hostname: node-one
manage_etc_hosts: localhost
ssh_authorized_keys:
  - ${key}
users:
  - name: worker
    gecos: A worker
    groups: [docker]
    shell: /bin/bash
    ssh-authorized-keys:
      - ${key}
write_files:
  - path: /etc/greeting
    permissions: "0640"
    owner: root:adm
    content: |
      hello from $private_ipv4
  - path: /var/lib/packed
    encoding: gz+base64
    content: ${gzipSync('unpacked\n').toString('base64')}
  - path: /etc/motd
    content: |
      another message
basalt:
  etcd2:
    name: node-one
    heartbeat-interval: 150
  update:
    group: beta
    reboot-strategy: "off"
  units:
    - name: hello.service
      command: start
      enable: true
      content: |
        [Unit]
        Description=Says hello
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/bin/sh -c 'echo said > /run/hello'
        [Install]
        WantedBy=multi-user.target
    - name: enabled-only.service
      enable: true
      content: |
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/bin/sh -c 'date +%%s > /run/enabled-only'
        [Install]
        WantedBy=multi-user.target
    - name: fleeting.service
      runtime: true
      command: start
      content: |
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/bin/true
    - name: docker.service
      drop-ins:
        - name: 50-test.conf
          content: |
            [Service]
            Environment=BASALT_TEST=1
    - name: systemd-timesyncd.service
      mask: true
`;

const soon = (condition: string) =>
  `for try in $(seq 60); do if ${condition}; then exit 0; fi; sleep 2; done; ${condition}`;

test('each section of a cloud-config is true of the machine before its services start', async () => {
  await boot(
    everything(),
    [
      {
        name: 'hostname and hosts',
        script: `[ "$(hostname)" = node-one ]; getent ahostsv4 node-one | grep -q '^127\\.'`,
      },
      {
        name: 'files',
        script: `[ "$(stat -c '%a %U:%G' /etc/greeting)" = '640 root:adm' ]; grep -q '^hello from' /etc/greeting
                 if grep -q private_ipv4 /etc/greeting; then exit 1; fi
                 grep -qx unpacked /var/lib/packed; grep -qx 'another message' /etc/motd`,
      },
      {
        name: 'users',
        script: `id -nG worker | grep -qw docker; getent passwd worker | grep -q ':A worker:/.*:/bin/bash$'
                 passwd -S worker | grep -q '^worker L'; [ "$(stat -c %U /home/worker)" = worker ]`,
      },
      {
        name: 'units',
        script: `grep -qx said /run/hello; systemctl is-active hello fleeting
                 systemctl is-enabled hello; [ -e /run/systemd/system/fleeting.service ]
                 systemctl show -P Environment docker.service | grep -qw BASALT_TEST=1
                 systemctl show -P LoadState systemd-timesyncd | grep -qx masked`,
      },
      {
        name: 'a unit that is only enabled runs in this boot too',
        script: soon('[ -e /run/enabled-only ]'),
        timeoutSeconds: 150,
      },
      {
        name: 'etcd has its settings',
        script: soon(`etcdctl member list 2>/dev/null | grep -qw node-one`),
        timeoutSeconds: 150,
      },
      {
        name: 'the agent was done before etcd and docker started',
        script: `done=$(systemctl show -P InactiveEnterTimestampMonotonic basalt-agent.service)
                 [ "$done" != 0 ] || done=$(systemctl show -P ActiveEnterTimestampMonotonic basalt-agent.service)
                 for unit in etcd docker; do
                   started=$(systemctl show -P ExecMainStartTimestampMonotonic $unit.service)
                   [ "$started" -gt "$done" ] || { echo "$unit $started, agent $done"; exit 1; }
                 done`,
      },
      {
        name: 'status says what is in force',
        script: `basalt-agent status; basalt-agent status --json > /run/status.json
                 grep -q '"fw-cfg"' /run/status.json; grep -q '"in-force"' /run/status.json`,
      },
      {
        name: 'status tells what differs',
        script: `echo changed >> /etc/greeting; basalt-agent status > /run/status || true; cat /run/status; grep -q /etc/greeting /run/status`,
      },
      {
        name: 'the system runs',
        script: `state=$(systemctl is-system-running --wait || true); echo "$state: $(systemctl --failed --no-legend; journalctl -b -p warning -u etcd -u basalt-agent -o cat | tail -5)"
                 [ "$state" = running ]`,
        timeoutSeconds: 300,
      },
      {
        name: 'no ordering cycle',
        script: `[ -z "$(journalctl -b --grep 'ordering cycle|segfault|Out of memory' --quiet || true)" ]`,
      },
    ],
    async (machine) => {
      expect(await ssh(machine, 'core', 'id -un')).toBe('core');
      expect(await ssh(machine, 'worker', 'id -un')).toBe('worker');
    },
  );
});

test('what a configuration no longer says is taken back', async () => {
  await boot(
    `#cloud-config
hostname: node-two
ssh_authorized_keys:
  - ${key}
`,
    [
      {
        name: 'only the new name is there',
        script: `[ "$(hostname)" = node-two ]; if grep -q node-one /etc/hosts; then exit 1; fi`,
      },
      {
        name: 'files are gone, and the image has its own again',
        script: `[ ! -e /etc/greeting ]; [ ! -e /var/lib/packed ]; if grep -q another /etc/motd; then exit 1; fi`,
      },
      {
        name: 'units are gone',
        script: `[ ! -e /etc/systemd/system/hello.service ]; [ ! -e /run/hello ]; [ ! -e /run/enabled-only ]
                 if systemctl cat hello.service enabled-only.service fleeting.service; then exit 1; fi
                 if systemctl show -P Environment docker.service | grep -q BASALT_TEST; then exit 1; fi
                 systemctl is-active systemd-timesyncd`,
      },
      {
        name: 'nobody logs in as the former user',
        script: `chage -l worker | grep -i 'account expires' | grep -vq never; [ ! -e /etc/ssh/authorized_keys.d/worker ]`,
      },
      {
        name: 'the system runs',
        script: `state=$(systemctl is-system-running --wait || true); echo "$state: $(systemctl --failed --no-legend; journalctl -b -p warning -u etcd -u basalt-agent -o cat | tail -5)"
                 [ "$state" = running ]`,
        timeoutSeconds: 300,
      },
    ],
    async (machine) => {
      expect(await ssh(machine, 'core', 'id -un')).toBe('core');
      await expect(ssh(machine, 'worker', 'id -un')).rejects.toMatchObject({
        stderrTail: expect.stringMatching(/Permission denied|account has expired/i),
      });
    },
  );
});

test('a configuration with mistakes changes nothing, and the machine says where they are', async () => {
  await boot(
    `#cloud-config
hostname: node-three
write_files:
  - path: /usr/lib/x
    content: never
  - path: /etc/half
    content: never
coreos:
  units:
    - name: broken.service
      content: |
        [Unit]
        Description=No service section
`,
    [
      {
        name: 'the last good configuration stays in force',
        script: `[ "$(hostname)" = node-two ]; [ ! -e /etc/half ]; [ ! -e /etc/systemd/system/broken.service ]`,
      },
      {
        name: 'the machine is healthy all the same',
        script: `systemctl start boot-complete.target
                 state=$(systemctl is-system-running --wait || true); echo "$state: $(systemctl --failed --no-legend)"
                 [ "$state" = running ]`,
        timeoutSeconds: 300,
      },
      {
        name: 'status names each mistake by its place',
        script: `basalt-agent status > /run/status || true; cat /run/status
                 grep -Eq ':4:[0-9]+: .*/usr' /run/status; grep -Eq ':1[01]:[0-9]+: .*Service' /run/status`,
      },
      { name: 'so does the journal', script: `journalctl -b -u basalt-agent | grep -Eq ':4:[0-9]+: '` },
      {
        name: 'the login banner says that something is wrong',
        script: `grep -l 'not applied' /run/issue.d/*`,
      },
    ],
    async (machine) => {
      expect(await ssh(machine, 'core', 'cat /run/motd.d/*')).toContain('not applied');
      expect(machine.console.text).toMatch(/not applied[\s\S]*login: /);
    },
  );
});
